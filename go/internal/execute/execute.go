// SPDX-License-Identifier: MIT

//go:build linux

// Package execute executes an open file in place of this process.
package execute

import (
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// Directory is the directory of the path that File executes. Linux names a program that was started
// by such a path by the descriptor's number.
const Directory = "/proc/self/fd/"

// File executes the file of a descriptor. It returns only if it fails, with the step that failed
// and the error.
//
// File prefers syscall.Exec, which does two things that no other function can do. It restores the
// RLIMIT_NOFILE that the Go runtime has raised. It also prevents other goroutines from starting
// threads during the execution; Linux answers clone(2) with EAGAIN then (kernel/fork.c, copy_fs),
// which ends a Go program (golang/go#19546). But syscall.Exec requires a path, and a mount over
// /proc can replace the file at that path. File therefore compares the file at the path with the
// descriptor first. A mount between the comparison and the execution is not detected.
//
// If the path does not lead to the file, File uses execveat(2), which requires no path. The caller
// must then make sure that no other goroutine starts a thread.
func File(fd int, argv, env []string) (step uint32, err error) {
	// the thread that compares /proc/self/fd must be the one that executes it
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	path := Directory + strconv.Itoa(fd)
	if isPathOf(path, fd) {
		return abi.StepProcExec, syscall.Exec(path, argv, env)
	}
	return abi.StepExecveat, byDescriptor(fd, argv, env)
}

// isPathOf reports whether path leads to fd's file. It returns false if /proc is not a procfs or is
// partly covered by a mount.
func isPathOf(path string, fd int) bool {
	root, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(root)
	var fs unix.Statfs_t
	var wanted, found unix.Stat_t
	if unix.Fstatfs(root, &fs) != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return false
	}
	if unix.Fstat(fd, &wanted) != nil || unix.Stat(path, &found) != nil {
		return false
	}
	return found.Dev == wanted.Dev && found.Ino == wanted.Ino
}

func byDescriptor(fd int, argv, env []string) error {
	arguments, err := syscall.SlicePtrFromStrings(argv)
	if err != nil {
		return err
	}
	environment, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	restoreLimit()
	var empty byte
	_, _, errno := syscall.RawSyscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(&empty)),
		uintptr(unsafe.Pointer(&arguments[0])), uintptr(unsafe.Pointer(&environment[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}

// restoreLimit sets RLIMIT_NOFILE to the value that the program was started with, which only
// package syscall knows. syscall.Exec restores the limit before it executes, and then fails with
// ENOENT, because the path is empty (fs/namei.c, getname_flags).
func restoreLimit() { syscall.Exec("", []string{""}, nil) }
