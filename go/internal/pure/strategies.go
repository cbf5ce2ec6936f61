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

func reuse(c *clone) (int, uint64, failure) {
	if f := c.source.felt.check(); f.happened() {
		return -1, 0, f
	}
	stat := c.source.stat
	fd, err := reopen(c.source.fd, &stat)
	if err != nil {
		return -1, 0, fail(abi.StepReopen, err, "/proc")
	}
	if err = checkMayExecute(fd); err != nil {
		unix.Close(fd)
		return -1, 0, fail(abi.StepVerify, err, "x bits")
	}
	return fd, uint64(stat.Size), failure{}
}

// checkMayExecute does what lib/base/permission.cc does if faccessat2(2) is missing or a filter
// rejects it.
func checkMayExecute(fd int) error {
	err := mayExecute(fd)
	if err != unix.ENOSYS && err != unix.EPERM {
		return err
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err = unix.Fstatfs(fd, &fs); err != nil {
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
	_, _, errno := unix.Syscall6(unix.SYS_FACCESSAT2, uintptr(fd), uintptr(unsafe.Pointer(&empty)), unix.X_OK,
		unix.AT_EACCESS|unix.AT_EMPTY_PATH, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
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
	fd, err := unix.MemfdCreate(name, flags|memfdExec)
	if err == unix.EINVAL && c.options.Require&abi.GuaranteeXSealed != 0 {
		return -1, failure{abi.StepCreate, unix.EOPNOTSUPP, "F_SEAL_EXEC"}
	}
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate(name, flags)
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

func copyToMemfd(c *clone) (int, uint64, failure) {
	limit, f := findLimit(c.source, c.options.MaxBytes)
	if f.happened() {
		return -1, 0, f
	}
	writer, f := c.createMemfd()
	if f.happened() {
		return -1, 0, f
	}
	if c.mayUseHugePages() {
		c.hugeBytes = prepareHugePages(writer, c.source.size)
	}
	fd, size, f := c.fill(writer, limit)
	if fd != writer {
		unix.Close(writer)
	}
	return fd, size, f
}

// fill copies the source into the memfd `writer`, seals it and opens it read-only. If it cannot be
// opened again, fill returns the writer itself, like lib/seal/strategies/memfd.cc.
func (c *clone) fill(writer int, limit limit) (int, uint64, failure) {
	size, f := copySource(c.source, limit, writer, &c.report.Retries)
	if f.happened() {
		return -1, 0, f
	}
	var stat unix.Stat_t
	if err := unix.Fstat(writer, &stat); err != nil {
		return -1, 0, fail(abi.StepVerify, err, "")
	}
	if uint64(stat.Size) != size {
		return -1, 0, failure{abi.StepVerify, unix.EIO, "size"}
	}
	mode := c.source.permissions(stat.Gid)
	if err := unix.Fchmod(writer, mode); err != nil {
		return -1, 0, fail(abi.StepPermissions, err, "")
	}
	if err := addSeals(writer, c.seals(), &c.report.Retries); err != nil {
		return -1, 0, fail(abi.StepSeal, err, "")
	}
	fd, f := c.openResult(writer, stat, mode)
	if f.happened() {
		return -1, 0, f
	}
	if seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err != nil || seals&c.seals() != c.seals() {
		if fd != writer {
			unix.Close(fd)
		}
		return -1, 0, failure{abi.StepVerify, unix.EIO, "seals"}
	}
	return fd, size, failure{}
}

func (c *clone) openResult(writer int, written unix.Stat_t, mode uint32) (int, failure) {
	found := written
	fd, err := reopen(writer, &found)
	if cannotBeReopenedHere(err) {
		c.record(abi.StrategyMemfd, fail(abi.StepReopen, err, "/proc"))
		return writer, failure{}
	}
	if err != nil {
		return -1, fail(abi.StepReopen, err, "/proc")
	}
	wrong := ""
	if found.Mode&07777 != mode {
		wrong = "permissions"
	}
	if found.Size != written.Size {
		wrong = "size"
	}
	if wrong != "" {
		unix.Close(fd)
		return -1, failure{abi.StepVerify, unix.EIO, wrong}
	}
	return fd, failure{}
}

// addSeals retries on EBUSY, like lib/seal/strategies/memfd.cc, which says why.
func addSeals(fd, seals int, retries *uint32) error {
	const tries = 10
	for try := 1; ; try++ {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
		if err != unix.EBUSY || try == tries {
			return err
		}
		*retries++
	}
}
