// SPDX-License-Identifier: MIT

//go:build linux

package filtered

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file lets one system call of a function fail, by seccomp's user notification: another thread
// answers each call of the function.

// Nth calls the function on a thread where the n-th of these system calls fails with this errno; it
// returns how many of them the function made. With n 0 none fails. It requires Linux 5.5. The
// numbers must not include calls that Go makes without telling its scheduler, such as prlimit64(2),
// because the thread that answers needs the scheduler.
func Nth(numbers []uint32, errno unix.Errno, n int, function func()) (int, error) {
	if runtime.GOMAXPROCS(0) < 2 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	// The garbage collector stops the thread that answers, and waits for the other one.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	made := make(chan answered, 1)
	err := OnAThread(func() error {
		listener, err := notify(append([]uint32{lastCall}, numbers...))
		if err != nil {
			return err
		}
		go func() { made <- answer(listener, errno, n) }()
		function()
		_, _, lost := unix.Syscall(lastCall, 0, 0, 0)
		if lost != 0 {
			return lost
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	result := <-made
	return result.calls, result.err
}

// lastCall tells the thread that answers that it is done. The Go runtime never makes this call.
const lastCall = unix.SYS_GETPRIORITY

type answered struct {
	calls int
	err   error
}

// The structs of linux/seccomp.h.
type notification struct {
	id         uint64
	pid, flags uint32
	number     int32
	arch       uint32
	pointer    uint64
	arguments  [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

const (
	setModeFilter  = 1
	newListener    = 8 // SECCOMP_FILTER_FLAG_NEW_LISTENER
	continueCall   = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
	seccompRetAsk  = 0x7fc00000
	receiveRequest = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	sendRequest    = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
)

// answer returns after lastCall. A call that a signal interrupts, as the Go runtime's SIGURG does,
// is gone (ENOENT) and is made again.
func answer(listener int, errno unix.Errno, n int) (result answered) {
	defer unix.Close(listener)
	for {
		var call notification
		if err := control(listener, receiveRequest, unsafe.Pointer(&call)); err == unix.ENOENT {
			continue
		} else if err != nil {
			return answered{err: fmt.Errorf("SECCOMP_IOCTL_NOTIF_RECV: %w", err)}
		}
		isLast := call.number == lastCall
		reply := response{id: call.id, flags: continueCall}
		if !isLast && result.calls+1 == n {
			reply = response{id: call.id, errno: -int32(errno)}
		}
		switch err := control(listener, sendRequest, unsafe.Pointer(&reply)); {
		case err == unix.ENOENT:
		case err != nil:
			return answered{err: fmt.Errorf("SECCOMP_IOCTL_NOTIF_SEND: %w", err)}
		case isLast:
			return result
		default:
			result.calls++
		}
	}
}

func control(fd int, request uintptr, argument unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(argument))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// notify returns the listener of a filter that asks about these system calls.
func notify(numbers []uint32) (int, error) {
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // seccomp_data.nr
	for _, number := range numbers {
		program = append(program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompRetAsk})
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompRetAllow})
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return -1, err
	}
	listener, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, newListener, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return -1, errno
	}
	return int(listener), nil
}
