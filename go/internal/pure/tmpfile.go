// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"encoding/binary"
	"strconv"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// This file has strategy tmpfile: a copy in an unnamed file. It follows
// lib/seal/strategies/{tmpfile,temporary}.cc, which have the reasons.

var tmpfilePlaces = []place{{path: "tmp_dirfd", isGiven: true}, {path: "/tmp"}, {path: "/dev/shm"}, {path: "/run"}}

func tmpfileOffers(*clone) uint64 { return abi.GuaranteeOwnPages }

func copyToFile(c *clone, place place, result *sealed) failure {
	writer, f := c.createTemporary(place)
	if f.happened() {
		return f
	}
	written, f := c.fill(writer, result)
	if !f.happened() {
		f = openResult(writer, written, result)
	}
	unix.Close(writer)
	if !f.happened() && !waitForWriters(result.fd, &c.report.Retries) {
		f = failure{abi.StepVerify, unix.ETXTBSY, ""}
	}
	return f
}

func (c *clone) createTemporary(place place) (int, failure) {
	directory, f := c.openPlace(place)
	if f.happened() {
		return -1, f
	}
	defer unix.Close(directory)
	writer, err := createUnnamed(directory)
	if err != nil {
		return -1, fail(abi.StepCreate, err, "")
	}
	// drops an ACL that the file inherits from the directory
	err = fremovexattr(writer, "system.posix_acl_access")
	if err != nil && err != unix.ENODATA && err != unix.EOPNOTSUPP {
		unix.Close(writer)
		return -1, fail(abi.StepPermissions, err, "fremovexattr(2)")
	}
	return writer, failure{}
}

func (c *clone) openPlace(place place) (int, failure) {
	base, path := unix.AT_FDCWD, place.path
	if place.isGiven {
		base, path = int(c.options.TmpDirfd), "."
	}
	directory, err := openAt(base, path, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return -1, fail(abi.StepCreate, err, "")
	}
	var fs unix.Statfs_t
	f := fail(abi.StepCreate, fstatfs(directory, &fs), "")
	if !f.happened() && fs.Flags&unix.ST_NOEXEC != 0 {
		f = failure{abi.StepNoexec, unix.EACCES, ""}
	}
	if f.happened() {
		unix.Close(directory)
	}
	return directory, f
}

// createUnnamed uses O_EXCL, so that nobody can link the file to a name later.
func createUnnamed(directory int) (int, error) {
	const nobody = 0 // until the file is complete, only its writer can access it
	fd, err := openAt(directory, ".", unix.O_RDWR|unix.O_TMPFILE|unix.O_EXCL, nobody)
	if err != unix.EOPNOTSUPP && err != unix.EISDIR && err != unix.EINVAL {
		return fd, err
	}
	const names = 16
	for i := 0; i < names; i++ {
		name, err := randomName()
		if err != nil {
			return -1, err
		}
		fd, err = openAt(directory, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, nobody)
		if err == unix.EEXIST {
			continue
		}
		if err != nil {
			return -1, err
		}
		if err = unlinkat(directory, name); err != nil {
			unix.Close(fd)
			return -1, err
		}
		return fd, nil
	}
	return -1, unix.EEXIST
}

func randomName() (string, error) {
	var bytes [8]byte
	got, err := getrandom(bytes[:])
	if err == nil && got != len(bytes) {
		err = unix.EIO
	}
	number := binary.NativeEndian.Uint64(bytes[:])
	return ".exeseal." + strconv.FormatUint(number, 10), err
}
