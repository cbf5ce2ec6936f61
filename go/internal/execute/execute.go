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

// Directory is the beginning of the path that File executes. Linux names a program that is started so by the descriptor's number.
const Directory = "/proc/self/fd/"

// File returns only if it fails: the step that failed and why.
//
// It prefers syscall.Exec, which alone can do two things. It restores the RLIMIT_NOFILE that the Go runtime has raised, and it keeps other
// goroutines from starting threads meanwhile: while a process executes, Linux answers clone(2) with EAGAIN (kernel/fork.c, copy_fs), which ends a Go
// program (golang/go#19546). But it needs a path, and whoever mounts over /proc chooses what is behind that. So the path is compared with the
// descriptor first. A mount between the comparison and the execution is not noticed.
//
// Where the path is not the file's, execveat(2) needs none. What other goroutines do meanwhile is the caller's concern then.
func File(fd int, argv, env []string) (step uint32, err error) {
	runtime.LockOSThread() // /proc/self/fd is compared and executed by the same thread
	defer runtime.UnlockOSThread()
	path := Directory + strconv.Itoa(fd)
	if isPathOf(path, fd) {
		return abi.StepProcExec, syscall.Exec(path, argv, env)
	}
	return abi.StepExecveat, byDescriptor(fd, argv, env)
}

// isPathOf is false too if what is at /proc is no procfs, or covered in part.
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

// restoreLimit gives RLIMIT_NOFILE the value that the program was started with, which package syscall alone knows. syscall.Exec restores it before
// it executes, and no file has the empty path (ENOENT, fs/namei.c, getname_flags).
func restoreLimit() { syscall.Exec("", []string{""}, nil) }
