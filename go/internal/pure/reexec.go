// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/execute"
	"golang.org/x/sys/unix"
)

// ReexecSelf does what exeseal_reexec_self does, and restores the RLIMIT_NOFILE that Go has raised.
func (Backend) ReexecSelf(argv, env []string, report *abi.Report) int {
	*report = abi.Report{}
	c := &clone{options: &abi.CloneOptions{}, report: report}
	running, f := fromRunningProgram()
	if f.happened() {
		return c.stop(f)
	}
	defer running.close()
	if isEnough(running) {
		giveNameBack(running.fd)
		report.Guarantees, report.Bytes = memfdGuarantees(running.seals, running.stat.Mode), running.size
		return 0
	}
	if wasStartedAsCopy() {
		return c.stop(failure{abi.StepVerify, unix.ELOOP, "the copy that runs"})
	}
	if !isOwnFile(running.fd) {
		return c.stop(failure{abi.StepSource, unix.EOPNOTSUPP, "/proc/self/exe"})
	}
	copy(c.options.Name[:], getThreadName())
	c.source = running
	fd := c.seal(reexecPlan)
	if fd < 0 {
		return fd
	}
	f = checkCopy(fd)
	if !f.happened() {
		fd = giveNumberOfCopies(fd)
		step, err := execute.File(fd, argv, env)
		f = fail(step, asErrno(err), "")
	}
	unix.Close(fd)
	c.record(report.Strategy, f)
	report.Strategy, report.Guarantees, report.Bytes, report.HugeBytes, report.Evidence = abi.StrategyNone, 0, 0, 0, abi.EvidenceNone
	return -int(f.errno)
}

func asErrno(err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return unix.Errno(errno)
	}
	return err
}

// isEnough is the rule of lib/reexec.cc, both for the running program and for a copy before it is
// executed. Neither seals nor the loss of the last name can be undone, so a copy never copies
// itself again. A link count of 0 alone is not enough, because some file systems (FUSE) report 0
// for every file.
func isEnough(s *source) bool {
	return memfdGuarantees(s.seals, s.stat.Mode) != 0 || (s.stat.Nlink == 0 && isDeletedFile(linkOf(s.fd)))
}

const mostDescriptors = 4096

// numberOfCopies returns the highest possible descriptor number, from which copies are started, as
// in lib/reexec.cc. A result below 3 means that there is no such number. The Go runtime has raised
// the limit here, and raises it in the copy in the same way.
func numberOfCopies() int {
	var limit unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	return int(min(limit.Cur, mostDescriptors)) - 1
}

func wasStartedAsCopy() bool {
	number := numberOfCopies()
	return number > 2 && startedFrom() == number
}

// giveNumberOfCopies moves fd to that number. If the number is in use, it returns fd.
func giveNumberOfCopies(fd int) int {
	number := numberOfCopies()
	numbered, err := fcntl(fd, unix.F_DUPFD_CLOEXEC, number)
	if err != nil {
		return fd
	}
	if numbered != number {
		fd, numbered = numbered, fd
	}
	unix.Close(fd)
	return numbered
}

func checkCopy(fd int) failure {
	var stat unix.Stat_t
	if err := fstat(fd, &stat); err != nil {
		return fail(abi.StepVerify, err, "the copy")
	}
	if !isEnough(fileSource(fd, stat)) {
		return failure{abi.StepVerify, unix.ELOOP, "the copy"}
	}
	return failure{}
}
