// SPDX-License-Identifier: MIT

//go:build linux

package pure

import "golang.org/x/sys/unix"

// This file takes read leases, like lib/seal/lease.cc.

const (
	fSetOwn   = 8
	fSetSig   = 10
	fSetLease = 1024
	fGetLease = 1025

	fOFDGetLock = 36
)

// takeReadLease does what lib/seal/lease.cc does, but does not block SIGURG: the Go runtime handles
// that signal, and a program that is notified of it receives at most one more. EAGAIN: somebody has
// the file open for writing.
func takeReadLease(fd int) error {
	_, err := fcntl(fd, fSetSig, int(unix.SIGURG))
	if err == nil {
		_, err = fcntl(fd, fSetLease, unix.F_RDLCK)
	}
	fcntl(fd, fSetOwn, 0)
	if err == nil && !holdsReadLease(fd) {
		releaseLease(fd)
		err = unix.EAGAIN
	}
	return err
}

func releaseLease(fd int) { fcntl(fd, fSetLease, unix.F_UNLCK) }

func holdsReadLease(fd int) bool {
	kind, err := fcntl(fd, fGetLease, 0)
	return err == nil && kind == unix.F_RDLCK
}
