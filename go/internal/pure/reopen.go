// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"strconv"

	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

// openProc opens /proc, if that is what it is.
func openProc() (int, error) {
	root, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var fs unix.Statfs_t
	if err = unix.Fstatfs(root, &fs); err == nil && fs.Type != unix.PROC_SUPER_MAGIC {
		err = unix.ENOENT
	}
	if err != nil {
		unix.Close(root)
		return -1, err
	}
	return root, nil
}

// reopen opens the file behind fd anew, read-only, and brings stat up to date.
func reopen(fd int, stat *unix.Stat_t) (int, error) {
	root, err := openProc()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	opened, err := unix.Openat(root, "thread-self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for err == unix.EINTR {
		opened, err = unix.Openat(root, "thread-self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err == unix.ENOTDIR || err == unix.ELOOP { // a fake or partly covered /proc
		err = unix.ENOENT
	}
	if err != nil {
		return -1, err
	}
	var found unix.Stat_t
	if err = unix.Fstat(opened, &found); err == nil && (found.Ino != stat.Ino || found.Dev != stat.Dev) {
		err = unix.ENOENT
	}
	if err != nil {
		unix.Close(opened)
		return -1, err
	}
	*stat = found
	return descriptor.AboveStandard(opened)
}

// cannotBeReopenedHere is what lib/reopen.cc calls so.
func cannotBeReopenedHere(err error) bool {
	switch err {
	case unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EPERM, unix.EACCES, unix.ENOSYS:
		return true
	}
	return false
}

func openRunning() (int, error) {
	root, err := openProc()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	var proc, link unix.Statx_t
	if err = unix.Statx(root, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &proc); err == nil {
		err = unix.Statx(root, "thread-self/exe", unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &link)
	}
	if err != nil {
		return -1, err
	}
	if link.Mode&unix.S_IFMT != unix.S_IFLNK || link.Mnt_id != proc.Mnt_id || link.Dev_minor != proc.Dev_minor || link.Dev_major != proc.Dev_major {
		return -1, unix.ENOENT
	}
	fd, err := unix.Openat(root, "thread-self/exe", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	return descriptor.AboveStandard(fd)
}
