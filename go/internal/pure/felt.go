// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"bytes"
	"io"
	"os"
	"strconv"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// felt is lib/base/felt.h: effects on the host program if its file is opened again and closed.
type felt struct{ isLease, isLock bool }

func feltByHost(fd int) felt {
	lease, err := fcntl(fd, fGetLease, 0)
	return felt{isLease: err == nil && lease == unix.F_WRLCK, isLock: hasOwnRecordLock(fd)}
}

func (f felt) anything() bool { return f.isLease || f.isLock }

// check fails if there are such effects. It is for callers that must open the file again.
func (f felt) check() failure {
	if f.isLock {
		return failure{abi.StepReopen, unix.EBUSY, "the host's record locks"}
	}
	return f.checkOpening()
}

// checkOpening is for callers that open the file through another inode, so that closing it keeps
// the record locks.
func (f felt) checkOpening() failure {
	if f.isLease {
		return failure{abi.StepReopen, unix.EBUSY, "the host's write lease"}
	}
	return failure{}
}

// hasOwnRecordLock reports whether this process holds a record lock on the file. fcntl(2) reports
// only one lock; if somebody else holds that one, this process may still hold another, so its
// descriptors are searched.
func hasOwnRecordLock(fd int) bool {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if fcntlFlock(fd, fOFDGetLock, &lock) != nil || lock.Type == unix.F_UNLCK {
		return false
	}
	if int(lock.Pid) == os.Getpid() {
		return true
	}
	isLocked := true // assumed if there is no usable /proc
	inThread(func(thread int) (err error) {
		isLocked, err = isLockedThroughAny(thread, fd)
		return err
	})
	return isLocked
}

// isLockedThroughAny reports whether a record lock was taken through any descriptor of the file.
// fdinfo shows a lock under the descriptor through which it was taken.
func isLockedThroughAny(thread, wanted int) (bool, error) {
	links, err := openat(thread, "fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return true, err
	}
	directory := os.NewFile(uintptr(links), "fd")
	defer directory.Close()
	numbers, err := directory.Readdirnames(-1)
	if err != nil {
		return true, err
	}
	for _, number := range numbers {
		fd, err := strconv.Atoi(number)
		if err == nil && isSameInode(fd, wanted) && showsRecordLock(thread, number) {
			return true, nil
		}
	}
	return false, nil
}

// isSameInode does not query the servers of the host's open files (AT_STATX_DONT_SYNC).
func isSameInode(a, b int) bool {
	var seen [2]unix.Statx_t
	for i, fd := range []int{a, b} {
		if statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_BASIC_STATS, &seen[i]) != nil {
			return false
		}
	}
	return seen[0].Ino == seen[1].Ino && seen[0].Dev_major == seen[1].Dev_major && seen[0].Dev_minor == seen[1].Dev_minor
}

func showsRecordLock(thread int, number string) bool {
	fd, err := openat(thread, "fdinfo/"+number, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	info := os.NewFile(uintptr(fd), "fdinfo")
	defer info.Close()
	text, _ := io.ReadAll(info)
	return bytes.Contains(text, []byte("POSIX"))
}
