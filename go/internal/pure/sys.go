// SPDX-License-Identifier: MIT

//go:build linux

package pure

import "golang.org/x/sys/unix"

// This file restarts system calls after EINTR, like lib/base/sys_call.h, which says when they are
// interrupted. The file server of a FUSE file system may answer EINTR even if every handler has
// SA_RESTART, as those of the Go runtime have.

func restart(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func restartResult[T any](call func() (T, error)) (result T, err error) {
	err = restart(func() (err error) {
		result, err = call()
		return err
	})
	return result, err
}

// restartNumber is for calls that golang.org/x/sys/unix lacks.
func restartNumber(call func() (uintptr, uintptr, unix.Errno)) (int, error) {
	return restartResult(func() (int, error) {
		result, _, errno := call()
		if errno != 0 {
			return -1, errno
		}
		return int(result), nil
	})
}

func openat(directory int, path string, flags int, mode uint32) (int, error) {
	return restartResult(func() (int, error) { return unix.Openat(directory, path, flags, mode) })
}

func openat2(directory int, path string, how *unix.OpenHow) (int, error) {
	return restartResult(func() (int, error) { return unix.Openat2(directory, path, how) })
}

func readlinkat(directory int, path string, buffer []byte) (int, error) {
	return restartResult(func() (int, error) { return unix.Readlinkat(directory, path, buffer) })
}

func unlinkat(directory int, path string) error {
	return restart(func() error { return unix.Unlinkat(directory, path, 0) })
}

func fcntl(fd, command, argument int) (int, error) {
	return restartResult(func() (int, error) { return unix.FcntlInt(uintptr(fd), command, argument) })
}

func fcntlFlock(fd, command int, lock *unix.Flock_t) error {
	return restart(func() error { return unix.FcntlFlock(uintptr(fd), command, lock) })
}

func fstat(fd int, stat *unix.Stat_t) error {
	return restart(func() error { return unix.Fstat(fd, stat) })
}

func fstatat(directory int, path string, stat *unix.Stat_t) error {
	return restart(func() error { return unix.Fstatat(directory, path, stat, 0) })
}

func statx(directory int, path string, flags, mask int, stat *unix.Statx_t) error {
	return restart(func() error { return unix.Statx(directory, path, flags, mask, stat) })
}

func fstatfs(fd int, fs *unix.Statfs_t) error {
	return restart(func() error { return unix.Fstatfs(fd, fs) })
}

// fgetxattr only says whether the attribute is there.
func fgetxattr(fd int, name string) error {
	return restart(func() error {
		_, err := unix.Fgetxattr(fd, name, nil)
		return err
	})
}

func fremovexattr(fd int, name string) error {
	return restart(func() error { return unix.Fremovexattr(fd, name) })
}

func getsockopt(fd, option int) (int, error) {
	return restartResult(func() (int, error) { return unix.GetsockoptInt(fd, unix.SOL_SOCKET, option) })
}

func fchmod(fd int, mode uint32) error {
	return restart(func() error { return unix.Fchmod(fd, mode) })
}

func memfdCreate(name string, flags int) (int, error) {
	return restartResult(func() (int, error) { return unix.MemfdCreate(name, flags) })
}

func getrandom(buffer []byte) (int, error) {
	return restartResult(func() (int, error) { return unix.Getrandom(buffer, 0) })
}

func ficlone(to, from int) error {
	return restart(func() error { return unix.IoctlFileClone(to, from) })
}

func fsopen(kind string) (int, error) {
	return restartResult(func() (int, error) { return unix.Fsopen(kind, unix.FSOPEN_CLOEXEC) })
}

func openTreeClone(fd int) (int, error) {
	const flags = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_EMPTY_PATH
	return restartResult(func() (int, error) { return unix.OpenTree(fd, "", flags) })
}
