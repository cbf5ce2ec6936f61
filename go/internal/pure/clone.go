// SPDX-License-Identifier: MIT

//go:build linux

// Package pure makes sealed memfds without cgo: what the C++ core does by reuse and memfd, with the same seals, permission
// bits, names and errors. It has no file strategies. go/internal/conformance holds it in step with the core.
package pure

import (
	"bytes"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// Backend has the functions of core.Backend. They return >= 0 or -errno.
type Backend struct{}

const (
	copySeals   = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	frozenSeals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	sealExec    = 0x20 // F_SEAL_EXEC, Linux 6.3
	memfdExec   = 0x10 // MFD_EXEC, Linux 6.3

	knownFlags      = abi.CloneTmpDirfd | abi.CloneDropPrivileges
	knownGuarantees = 1<<7 - 1
)

// failure is what lib/failure.h is.
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

// clone is one call.
type clone struct {
	options *abi.CloneOptions
	report  *abi.Report
	source  *source
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
	return run(options, report, func() (*source, failure) { return fromDescriptor(fd) })
}

func (Backend) CloneSelf(options *abi.CloneOptions, report *abi.Report) int {
	return run(options, report, fromRunningProgram)
}

func (Backend) CloneMemory(memory []byte, options *abi.CloneOptions, report *abi.Report) int {
	return run(options, report, func() (*source, failure) { return fromMemory(memory) })
}

func run(options *abi.CloneOptions, report *abi.Report, choose func() (*source, failure)) int {
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
	f = source.hold()
	if !f.happened() && options.Flags&abi.CloneDropPrivileges == 0 {
		f = source.checkPrivileges()
	}
	if f.happened() {
		return c.stop(f)
	}
	return c.runPlan()
}

func checkOptions(options *abi.CloneOptions) failure {
	bad := func(what string) failure { return failure{abi.StepArgument, unix.EINVAL, what} }
	switch {
	case options.Flags&^knownFlags != 0:
		return bad("flags")
	case options.Require&^knownGuarantees != 0:
		return bad("require")
	case options.Mode > abi.ModeROSharedPage:
		return bad("mode")
	case bytes.IndexByte(options.Name[:], 0) < 0 || bytes.IndexByte([]byte(abi.Text(options.Name[:])), '/') >= 0:
		return bad("name")
	case options.Flags&abi.CloneTmpDirfd != 0:
		return fail(abi.StepArgument, checkDirectory(int(options.TmpDirfd)), "tmp_dirfd")
	}
	return failure{}
}

// checkDirectory is all that is done with a directory here.
func checkDirectory(fd int) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.ENOTDIR
	}
	return nil
}

type strategy struct {
	id      uint32
	applies func(*clone) bool
	offers  func(*clone) uint64
	run     func(*clone) (int, uint64, failure)
}

var (
	reuseStrategy = strategy{abi.StrategyReuse, canReuse, reuseOffers, reuse}
	memfdStrategy = strategy{abi.StrategyMemfd, func(*clone) bool { return true }, memfdOffers, copyToMemfd}
)

func planOf(mode uint32) []strategy {
	switch mode {
	case abi.ModeAutomatic:
		return []strategy{reuseStrategy, memfdStrategy}
	case abi.ModeIndependentDataCopy:
		return []strategy{memfdStrategy}
	default:
		return nil
	}
}

func (c *clone) offered(s strategy) uint64 {
	bits := s.offers(c)
	if c.source.evidence > abi.EvidenceTimes {
		bits |= abi.GuaranteeStable
	}
	return bits
}

// goesOn is what lib/plan.cc's table says of these two strategies.
func goesOn(id uint32, f failure) bool {
	switch {
	case f.errno == unix.EOPNOTSUPP && (f.step == abi.StepRequire || f.step == abi.StepStability):
		return true
	case id == abi.StrategyReuse && f.step == abi.StepReopen:
		return f.errno == unix.ENOENT || f.errno == unix.EACCES
	case id == abi.StrategyReuse && f.step == abi.StepVerify:
		return f.errno == unix.EACCES
	case id == abi.StrategyMemfd && f.step == abi.StepCreate:
		switch f.errno {
		case unix.ENOSYS, unix.EOPNOTSUPP, unix.EPERM, unix.EACCES, unix.EINVAL:
			return true
		}
	}
	return false
}

func (c *clone) runPlan() int {
	plan := planOf(c.options.Mode)
	if len(plan) == 0 {
		mode, _ := Backend{}.ModeName(c.options.Mode)
		c.record(abi.StrategyNone, failure{abi.StepRequire, unix.EOPNOTSUPP, mode})
	}
	first := unix.Errno(0)
	for _, s := range plan {
		if !s.applies(c) {
			continue
		}
		fd, size, f := c.try(s)
		c.record(s.id, f)
		if !f.happened() {
			c.report.Strategy, c.report.Guarantees = s.id, c.offered(s)
			c.report.Bytes, c.report.Evidence = size, c.source.evidence
			return fd
		}
		if c.source.consumed || !goesOn(s.id, f) {
			return -int(f.errno)
		}
		if first == 0 && f.step != abi.StepRequire {
			first = f.errno
		}
	}
	if first == 0 {
		first = unix.EOPNOTSUPP
	}
	return -int(first)
}

func (c *clone) try(s strategy) (int, uint64, failure) {
	switch missing := c.options.Require &^ c.offered(s); {
	case missing == abi.GuaranteeStable:
		evidence, _ := Backend{}.EvidenceName(c.source.evidence)
		return -1, 0, failure{abi.StepStability, unix.EOPNOTSUPP, evidence}
	case missing != 0:
		return -1, 0, failure{abi.StepRequire, unix.EOPNOTSUPP, lowestName(missing)}
	}
	fd, size, f := s.run(c)
	if !f.happened() && c.options.Require&^c.offered(s) != 0 { // the lease was broken on the way
		unix.Close(fd)
		return -1, 0, failure{abi.StepStability, unix.ESTALE, ""}
	}
	return fd, size, f
}
