// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// This file has the parts that the copying strategies share once the file exists, like
// lib/seal/strategies/new_file.cc.

// fill copies the bytes and sets the permission bits. It returns the file's state as written.
func (c *clone) fill(writer int, result *sealed) (written unix.Stat_t, f failure) {
	if f = copySource(c.source, c.limit, writer, result, &c.report.Retries); f.happened() {
		return written, f
	}
	if err := fstat(writer, &written); err != nil {
		return written, fail(abi.StepVerify, err, "")
	}
	if uint64(written.Size) != result.bytes {
		return written, failure{abi.StepVerify, unix.EIO, "size"}
	}
	mode := c.source.permissions(written.Gid)
	written.Mode = unix.S_IFREG | mode
	return written, fail(abi.StepPermissions, fchmod(writer, mode), "")
}

// openResult opens the writer's file read-only and compares it with the file as written.
func openResult(writer int, written unix.Stat_t, result *sealed) failure {
	found := written
	fd, err := reopen(writer, &found)
	if err != nil {
		return fail(abi.StepReopen, err, "/proc")
	}
	result.fd = fd
	switch {
	case found.Size != written.Size:
		return failure{abi.StepVerify, unix.EIO, "size"}
	case found.Mode != written.Mode:
		return failure{abi.StepVerify, unix.EIO, "permissions"}
	}
	return failure{}
}

// waitForWriters does what wait_for_writers does. It waits as long as
// lib/seal/strategies/forked.h.
func waitForWriters(fd int, retries *uint32) bool {
	const waits = 200
	for i := 0; i < waits; i++ {
		if takeReadLease(fd) != unix.EAGAIN {
			releaseLease(fd)
			fcntl(fd, fSetSig, 0)
			return true
		}
		*retries++
		unix.Poll(nil, 1)
	}
	return false
}
