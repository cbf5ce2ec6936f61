// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// executeCheck is AT_EXECVE_CHECK, Linux 6.14.
const executeCheck = 0x10000

// Probe does what exeseal_probe does. It clones a few bytes, for reuse a memfd that has them, and
// for a view the running program.
func (Backend) Probe(id uint32, report *abi.Report) int {
	*report = abi.Report{}
	switch {
	case id == abi.StrategyNone || uint64(id) >= uint64(len(abi.StrategyNames)):
		return (&clone{report: report}).stop(failure{abi.StepArgument, unix.EINVAL, "strategy"})
	case id == abi.StrategyReuse:
		memfd := probeOne(abi.StrategyMemfd, report, sample)
		if memfd < 0 {
			return memfd
		}
		defer unix.Close(memfd)
		return tryExecution(id, report, probeOne(id, report, func() (*source, failure) { return fromDescriptor(memfd) }))
	}
	choose := sample
	if s := strategies[id]; s != nil && s.showsRunning {
		choose = fromRunningProgram
	}
	return tryExecution(id, report, probeOne(id, report, choose))
}

func sample() (*source, failure) { return fromMemory([]byte("exeseal\x00")) }

func probeOne(id uint32, report *abi.Report, choose func() (*source, failure)) int {
	return run(&abi.CloneOptions{Flags: abi.CloneDropPrivileges}, report, []uint32{id}, choose)
}

// tryExecution closes fd. If the kernel would not execute it, the report of a success becomes the
// report of a failure.
func tryExecution(id uint32, report *abi.Report, fd int) int {
	if fd < 0 {
		return fd
	}
	defer unix.Close(fd)
	err := checkExecution(fd)
	if err == nil {
		return 0
	}
	f := fail(abi.StepExecveat, err, "")
	report.Strategy, report.Guarantees, report.Bytes, report.Evidence = abi.StrategyNone, 0, 0, abi.EvidenceNone
	(&clone{report: report}).record(id, f)
	return -int(f.errno)
}

// checkExecution checks whether the kernel and its policies permit the execution. Before Linux 6.14
// the kernel has no such check, and checkExecution returns nil.
func checkExecution(fd int) error {
	name, empty := [...]byte{'e', 'x', 'e', 's', 'e', 'a', 'l', 0}, [1]byte{}
	argv, envp := [...]*byte{&name[0], nil}, [...]*byte{nil}
	_, err := restartNumber(func() (uintptr, uintptr, unix.Errno) {
		return unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(&empty)), uintptr(unsafe.Pointer(&argv)),
			uintptr(unsafe.Pointer(&envp)), unix.AT_EMPTY_PATH|executeCheck, 0)
	})
	if err == unix.EINVAL || err == unix.ENOSYS {
		return nil
	}
	return err
}
