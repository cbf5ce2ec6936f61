// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

func memfdGuarantees(seals int, permissions uint32) uint64 {
	if seals < 0 || seals&copySeals != copySeals {
		return 0
	}
	bits := uint64(abi.GuaranteeReadOnly | abi.GuaranteeSealed)
	if seals&sealExec != 0 {
		bits |= abi.GuaranteeXSealed
	}
	if permissions&0111 == 0 {
		return bits
	}
	bits |= abi.GuaranteeLandlock
	if seals == copySeals {
		bits |= abi.GuaranteePeerSealed
	}
	return bits
}

func canReuse(c *clone) bool {
	const needed = abi.GuaranteeSealed | abi.GuaranteeLandlock
	wantsName := c.options.Name[0] != 0 && !c.source.isRunning
	return !wantsName && reuseOffers(c)&needed == needed
}

func reuseOffers(c *clone) uint64 {
	if c.source.kind != kindFile || uint32(c.source.fileSystem) == unix.HUGETLBFS_MAGIC {
		return 0
	}
	return memfdGuarantees(c.source.seals, c.source.stat.Mode)
}

func reuse(c *clone, _ place, result *sealed) failure {
	if f := c.source.felt.check(); f.happened() {
		return f
	}
	stat := c.source.stat
	fd, err := reopen(c.source.fd, &stat)
	if err != nil {
		return fail(abi.StepReopen, err, "/proc")
	}
	result.fd, result.bytes = fd, uint64(stat.Size)
	return fail(abi.StepVerify, checkMayExecute(fd), "x bits")
}

// checkMayExecute does what lib/base/permission.cc does if faccessat2(2) is missing or a filter
// rejects it.
func checkMayExecute(fd int) error {
	err := mayExecute(fd)
	if err != unix.ENOSYS && err != unix.EPERM {
		return err
	}
	var stat unix.Stat_t
	if err = fstat(fd, &stat); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err = fstatfs(fd, &fs); err != nil {
		return err
	}
	if stat.Mode&0111 == 0 || fs.Flags&unix.ST_NOEXEC != 0 {
		return unix.EACCES
	}
	return nil
}

// mayExecute calls faccessat2(fd, "", X_OK, AT_EACCESS|AT_EMPTY_PATH), Linux 5.8.
func mayExecute(fd int) error {
	empty := [1]byte{}
	_, err := restartNumber(func() (uintptr, uintptr, unix.Errno) {
		return unix.Syscall6(unix.SYS_FACCESSAT2, uintptr(fd), uintptr(unsafe.Pointer(&empty)), unix.X_OK,
			unix.AT_EACCESS|unix.AT_EMPTY_PATH, 0, 0)
	})
	return err
}

func (c *clone) seals() int {
	if c.options.Require&abi.GuaranteeXSealed != 0 {
		return copySeals | sealExec
	}
	return copySeals
}

func memfdOffers(c *clone) uint64 { return memfdGuarantees(c.seals(), 0100) | abi.GuaranteeOwnPages }

func (c *clone) createMemfd() (int, failure) {
	name := abi.Text(c.options.Name[:])
	if name == "" {
		name = "exeseal"
	}
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := memfdCreate(name, flags|memfdExec)
	if err == unix.EINVAL && c.options.Require&abi.GuaranteeXSealed != 0 {
		return -1, failure{abi.StepCreate, unix.EOPNOTSUPP, "F_SEAL_EXEC"}
	}
	if err == unix.EINVAL {
		fd, err = memfdCreate(name, flags)
	}
	if err == nil {
		fd, err = descriptor.AboveStandard(fd)
	}
	where := ""
	if err == unix.EACCES {
		where = "vm.memfd_noexec"
	}
	return fd, fail(abi.StepCreate, err, where)
}

// mayUseHugePages returns false for a stream, whose length is unknown. A Go program has several
// threads, so only the option enables huge pages.
func (c *clone) mayUseHugePages() bool {
	return c.options.Flags&abi.CloneHugePages != 0 && c.source.kind != kindStream
}

func copyToMemfd(c *clone, _ place, result *sealed) failure {
	writer, f := c.createMemfd()
	if f.happened() {
		return f
	}
	defer func() {
		if result.fd != writer {
			unix.Close(writer)
		}
	}()
	if c.mayUseHugePages() {
		result.hugeBytes = prepareHugePages(writer, c.source.size)
	}
	written, f := c.fill(writer, result)
	if f.happened() {
		return f
	}
	if err := addSeals(writer, c.seals(), &c.report.Retries); err != nil {
		return fail(abi.StepSeal, err, "")
	}
	if f = c.openMemfd(writer, written, result); f.happened() {
		return f
	}
	if seals, err := fcntl(result.fd, unix.F_GET_SEALS, 0); err != nil || seals&c.seals() != c.seals() {
		return failure{abi.StepVerify, unix.EIO, "seals"}
	}
	return failure{}
}

// openMemfd opens the memfd read-only. If it cannot be opened again, the result is the writer
// itself, like in lib/seal/strategies/memfd.cc.
func (c *clone) openMemfd(writer int, written unix.Stat_t, result *sealed) failure {
	f := openResult(writer, written, result)
	if f.step != abi.StepReopen || !cannotBeReopenedHere(f.errno) {
		return f
	}
	c.record(abi.StrategyMemfd, f)
	result.fd = writer
	return failure{}
}

// addSeals retries on EBUSY, like lib/seal/strategies/memfd.cc, which says why.
func addSeals(fd, seals int, retries *uint32) error {
	const tries = 10
	for try := 1; ; try++ {
		_, err := fcntl(fd, unix.F_ADD_SEALS, seals)
		if err != unix.EBUSY || try == tries {
			return err
		}
		*retries++
	}
}
