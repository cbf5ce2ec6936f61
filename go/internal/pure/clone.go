// SPDX-License-Identifier: MIT

//go:build linux

// Package pure clones executables without cgo. It implements the strategies reuse, memfd,
// tmpfile and overlay of the C++ core, those that runc uses, with the same seals, permission bits,
// names and errors; its tables are generated from the core's. Reports show the core's other
// strategies as failed with ENOSYS. The tests in go/internal/conformance compare this package with
// the core.
package pure

import (
	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// Backend has the functions of core.Backend. They return a value >= 0 or -errno.
type Backend struct{}

const (
	copySeals   = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	frozenSeals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	sealExec    = 0x20 // F_SEAL_EXEC, Linux 6.3
	memfdExec   = 0x10 // MFD_EXEC, Linux 6.3

	pageFlags  = abi.CloneSmallPages | abi.CloneHugePages
	knownFlags = abi.CloneTmpDirfd | abi.CloneDropPrivileges | abi.CloneReclaimable | pageFlags
)

var knownGuarantees = uint64(1)<<len(abi.GuaranteeNames) - 1

// failure is the struct of lib/base/failure.h.
type failure struct {
	step  uint32
	errno unix.Errno
	where string
}

func (f failure) happened() bool { return f.errno != 0 }

func fail(step uint32, err error, where string) failure {
	if err == nil {
		return failure{}
	}
	errno, ok := err.(unix.Errno)
	if !ok {
		errno = unix.EIO
	}
	return failure{step, errno, where}
}

// clone is the state of one call.
type clone struct {
	options *abi.CloneOptions
	report  *abi.Report
	source  *source
	limit   limit
}

func (c *clone) record(strategy uint32, f failure) {
	index := c.report.Attempts
	c.report.Attempts++
	if index >= abi.ReportAttempts {
		return
	}
	attempt := &c.report.Attempt[index]
	attempt.Strategy, attempt.Step, attempt.Errno = strategy, f.step, int32(f.errno)
	copy(attempt.Where[:len(attempt.Where)-1], printable(f.where))
}

func (c *clone) stop(f failure) int {
	c.record(abi.StrategyNone, f)
	return -int(f.errno)
}

func (Backend) Clone(fd int, options *abi.CloneOptions, report *abi.Report) int {
	return run(options, report, planOf(options), func() (*source, failure) { return fromDescriptor(fd) })
}

func (Backend) CloneSelf(options *abi.CloneOptions, report *abi.Report) int {
	return run(options, report, planOf(options), fromRunningProgram)
}

func (Backend) CloneMemory(memory []byte, options *abi.CloneOptions, report *abi.Report) int {
	return run(options, report, planOf(options), func() (*source, failure) { return fromMemory(memory) })
}

func run(options *abi.CloneOptions, report *abi.Report, plan []uint32, choose func() (*source, failure)) int {
	*report = abi.Report{}
	c := &clone{options: options, report: report}
	if f := checkOptions(options); f.happened() {
		return c.stop(f)
	}
	source, f := choose()
	if f.happened() {
		return c.stop(f)
	}
	defer source.close()
	c.source = source
	return c.seal(plan)
}

func (c *clone) seal(plan []uint32) int {
	look := c.source.statFile
	if readsSource(plan) {
		look = c.source.secure
	}
	f := look()
	if !f.happened() && c.options.Flags&abi.CloneDropPrivileges == 0 {
		f = c.source.checkPrivileges()
	}
	if f.happened() {
		return c.stop(f)
	}
	return c.runPlan(plan)
}

func checkOptions(options *abi.CloneOptions) failure {
	bad := func(what string) failure { return failure{abi.StepArgument, unix.EINVAL, what} }
	switch {
	case options.Flags&pageFlags == pageFlags, options.Flags&^knownFlags != 0:
		return bad("flags")
	case options.Require&^knownGuarantees != 0:
		return bad("require")
	case uint64(options.Mode) >= uint64(len(abi.ModeNames)):
		return bad("mode")
	case !isModeList(options):
		return bad("fallback")
	case len(abi.Text(options.Name[:])) == len(options.Name):
		return bad("name")
	case options.Flags&abi.CloneTmpDirfd != 0:
		return fail(abi.StepArgument, checkDirectory(int(options.TmpDirfd)), "tmp_dirfd")
	}
	return failure{}
}

// isModeList reports whether the fallbacks are explicit modes that follow an explicit mode, each
// named once.
func isModeList(options *abi.CloneOptions) bool {
	previous, seen := options.Mode, uint64(1)<<options.Mode
	for _, next := range options.Fallback {
		isKnown := uint64(next) < uint64(len(abi.ModeNames))
		if next != abi.ModeAutomatic && (previous == abi.ModeAutomatic || !isKnown || seen>>next&1 != 0) {
			return false
		}
		seen |= 1 << next
		previous = next
	}
	return true
}

// checkDirectory checks that fd is a directory.
func checkDirectory(fd int) error {
	var stat unix.Stat_t
	if err := fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.ENOTDIR
	}
	return nil
}
