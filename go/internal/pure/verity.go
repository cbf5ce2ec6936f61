// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// measureVerity reports whether a file has fs-verity, and returns its digest, as lib/seal/verity.cc
// does.
func measureVerity(fd int, fileSystem int64, digest *abi.Digest) bool {
	var stat unix.Statx_t
	err := statx(fd, "", unix.AT_EMPTY_PATH, 0, &stat)
	if err != nil || stat.Attributes&unix.STATX_ATTR_VERITY == 0 || !isLocal(fileSystem) {
		return false
	}
	found := struct { // struct fsverity_digest
		algorithm, size uint16
		value           [64]byte
	}{size: 64}
	_, err = restartNumber(func() (uintptr, uintptr, unix.Errno) {
		return unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.FS_IOC_MEASURE_VERITY, uintptr(unsafe.Pointer(&found)))
	})
	if err != nil {
		return false
	}
	*digest = abi.Digest{Algorithm: uint32(found.algorithm), Size: uint32(found.size), Value: found.value}
	return true
}

// verityHolds returns false for file systems that let truncate(2) through before Linux 7.0.
func verityHolds(fileSystem int64) bool {
	if !isLocal(fileSystem) {
		return false
	}
	switch uint32(fileSystem) {
	case 0xEF53, 0xF2F52010: // ext4, f2fs
		return true
	}
	return !thisKernel().isBefore(7, 0)
}
