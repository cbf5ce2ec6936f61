// SPDX-License-Identifier: MIT

//go:build linux

// Package filtered calls a function on a thread where a system call is refused, so that a test or
// benchmark can reach a later strategy.
package filtered

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Call calls the function on a thread where the system call fails with this errno, by seccomp. With
// errno 0 the call returns 0 and does nothing. The thread ends with the function, because a filter
// cannot be removed. The filter does not cover other goroutines that the function starts.
func Call(number uint32, errno unix.Errno, function func()) error {
	return Calls([]uint32{number}, errno, function)
}

// Calls does what Call does, for several system calls.
func Calls(numbers []uint32, errno unix.Errno, function func()) error {
	return OnAThread(func() error {
		for _, number := range numbers {
			if err := refuse(number, errno); err != nil {
				return err
			}
		}
		function()
		return nil
	})
}

// OnAThread calls the function on a thread that ends with it, so that changes to the thread do not
// outlast it. The main thread cannot end, so it waits for another thread.
func OnAThread(function func() error) error {
	result := make(chan error)
	go func() {
		var err error
		defer func() { result <- err }() // t.FailNow ends the goroutine
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			err = function() // and never unlocked
			return
		}
		defer runtime.UnlockOSThread()
		err = OnAThread(function)
	}()
	return <-result
}

func refuse(number uint32, errno unix.Errno) error {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: seccompRetErrno | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: seccompRetAllow},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, seccompModeFilter, uintptr(unsafe.Pointer(&filter)), 0, 0)
}

const (
	seccompModeFilter = 2
	seccompRetErrno   = 0x00050000
	seccompRetAllow   = 0x7fff0000
)
