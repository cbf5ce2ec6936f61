// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"runtime"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

// openProc opens /proc and returns ENOENT if it is not a procfs.
func openProc() (int, error) {
	root, err := openat(unix.AT_FDCWD, "/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var fs unix.Statfs_t
	if err = fstatfs(root, &fs); err == nil && fs.Type != unix.PROC_SUPER_MAGIC {
		err = unix.ENOENT
	}
	if err != nil {
		unix.Close(root)
		return -1, err
	}
	return root, nil
}

// reopen opens the file behind fd again, for reading only, and updates stat.
func reopen(fd int, stat *unix.Stat_t) (int, error) {
	root, err := openProc()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	opened, err := openat(root, "thread-self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOTDIR || err == unix.ELOOP { // /proc is not a procfs or is partly covered
		err = unix.ENOENT
	}
	if err != nil {
		return -1, err
	}
	var found unix.Stat_t
	if err = fstat(opened, &found); err == nil && (found.Ino != stat.Ino || found.Dev != stat.Dev) {
		err = unix.ENOENT
	}
	if err != nil {
		unix.Close(opened)
		return -1, err
	}
	*stat = found
	return descriptor.AboveStandard(opened)
}

// leadsNowhere reports whether the path could not be followed.
func leadsNowhere(err error) bool {
	return err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ELOOP
}

// openAt opens a file close-on-exec, with a descriptor above 2.
func openAt(directory int, path string, flags int, mode uint32) (int, error) {
	fd, err := openat(directory, path, flags|unix.O_CLOEXEC, mode)
	if err != nil {
		return -1, err
	}
	return descriptor.AboveStandard(fd)
}

// cannotBeReopenedHere is the function of that name in lib/base/reopen.cc.
func cannotBeReopenedHere(err error) bool {
	switch err {
	case unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EPERM, unix.EACCES, unix.ENOSYS:
		return true
	}
	return false
}

// openUncovered opens the file at the path unless a mount covers the path or a part of it.
// openat2(2) requires Linux 5.6.
func openUncovered(directory int, path string, flags int) (int, error) {
	how := unix.OpenHow{Flags: uint64(unix.O_PATH | unix.O_CLOEXEC | flags), Resolve: unix.RESOLVE_NO_XDEV}
	fd, err := openat2(directory, path, &how)
	if err == unix.EXDEV {
		err = unix.ENOENT
	}
	return fd, err
}

// lacksOpenat2 reports whether openat2(2) is not available. The seccomp filters of some container
// engines answer unknown calls with EPERM, those of others with EACCES.
func lacksOpenat2(err error) bool {
	return err == unix.ENOSYS || err == unix.EPERM || err == unix.EACCES
}

// isSameMount compares only devices before Linux 5.8, like lib/base/reopen.cc.
func isSameMount(a, b int) bool {
	var seen [2]unix.Statx_t
	for i, fd := range []int{a, b} {
		if statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &seen[i]) != nil {
			return false
		}
	}
	return seen[0].Mnt_id == seen[1].Mnt_id && seen[0].Dev_major == seen[1].Dev_major && seen[0].Dev_minor == seen[1].Dev_minor
}

// step opens one component of a path without following a symbolic link.
func step(directory int, name string) (int, error) {
	fd, err := openUncovered(directory, name, unix.O_NOFOLLOW)
	if !lacksOpenat2(err) {
		return fd, err
	}
	fd, err = openat(directory, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil && !isSameMount(directory, fd) {
		unix.Close(fd)
		return -1, unix.ENOENT
	}
	return fd, err
}

// walkTo opens one component after the other.
func walkTo(directory int, names ...string) (int, error) {
	fd, err := step(directory, names[0])
	for _, name := range names[1:] {
		if err != nil {
			return -1, err
		}
		from := fd
		fd, err = step(from, name)
		unix.Close(from)
	}
	return fd, err
}

func readLink(link int) (string, error) {
	var text [4096]byte
	size, err := readlinkat(link, "", text[:])
	return string(text[:max(size, 0)]), err
}

// openThread opens this thread's directory, /proc/PID/task/TID, to which the link leads.
func openThread(root int) (int, error) {
	thread, err := openUncovered(root, "thread-self", unix.O_DIRECTORY)
	if !lacksOpenat2(err) {
		return thread, err
	}
	link, err := step(root, "thread-self")
	if err != nil {
		return -1, err
	}
	defer unix.Close(link)
	text, err := readLink(link)
	if err != nil {
		return -1, err
	}
	return walkTo(root, strings.Split(text, "/")...)
}

// inThread calls use with this thread's directory in /proc. The goroutine stays on this thread
// during the call.
func inThread(use func(thread int) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	root, err := openProc()
	if err != nil {
		return err
	}
	defer unix.Close(root)
	thread, err := openThread(root)
	if err != nil {
		return err
	}
	defer unix.Close(thread)
	return use(thread)
}

// openRunning has no inode to compare with, so it checks every component, including the link
// itself.
func openRunning() (fd int, err error) {
	err = inThread(func(thread int) error {
		link, err := step(thread, "exe")
		if err != nil {
			return err
		}
		defer unix.Close(link)
		var stat unix.Stat_t
		if err = fstat(link, &stat); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFLNK {
			err = unix.ENOENT
		}
		if err == nil {
			fd, err = openat(thread, "exe", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		return err
	})
	if err != nil {
		return -1, err
	}
	return descriptor.AboveStandard(fd)
}

// readFDLink returns the link of a descriptor in /proc, cut to 4096 bytes.
func readFDLink(fd int) (text string, err error) {
	err = inThread(func(thread int) error {
		link, err := walkTo(thread, "fd", strconv.Itoa(fd))
		if err == nil {
			text, err = readLink(link)
			unix.Close(link)
		}
		return err
	})
	if leadsNowhere(err) {
		err = unix.ENOENT
	}
	return text, err
}

// linkOf returns the link of a descriptor in /proc, or "" if it cannot be read.
func linkOf(fd int) string {
	text, _ := readFDLink(fd)
	return text
}
