// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

// Package conformance tests that pure.Backend and core.Backend give the same answers.
package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/core"
	"github.com/exeseal/exeseal/go/internal/pure"
	"golang.org/x/sys/unix"
)

type backend interface {
	Clone(int, *abi.CloneOptions, *abi.Report) int
	CloneSelf(*abi.CloneOptions, *abi.Report) int
	CloneMemory([]byte, *abi.CloneOptions, *abi.Report) int
	Probe(uint32, *abi.Report) int
	Inspect(int, *abi.Info) int
	InspectSelf(*abi.Info) int
	FormatReport(*abi.Report) string
	ErrnoName(int32) (string, bool)
	Advice(strategy, step uint32, errno int32) string
}

var backends = [2]backend{core.Backend{}, pure.Backend{}}

const program = "#!/bin/sh\nexit 42\n"

// dirty is a report with arbitrary content, as a caller may pass it.
var dirty = abi.Report{Guarantees: 1 << 40, Bytes: 99, HugeBytes: 99, Strategy: 99, Evidence: 99, Retries: 99, Attempts: 99, Attempt: [16]abi.Attempt{{Errno: 99}}}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func needRoot(t *testing.T, err error) {
	t.Helper()
	if err == unix.EPERM || err == unix.EOPNOTSUPP {
		t.Skipf("skip: needs root and a file system that keeps this: %v", err)
	}
	check(t, err)
}

func octal(number uint32) string { return fmt.Sprintf("%#o", number) }

func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// show omits empty attempts: a report has room for 16.
func show(seen outcome) string {
	if len(seen.bytes) > 80 {
		seen.bytes = fmt.Sprintf("%.80s... (%d)", seen.bytes, len(seen.bytes))
	}
	report := seen.report
	text := fmt.Sprintf("errno %d, bytes %q, mode %o, seals %#x, flags %#o, descriptor flags %d, >= 3: %v, link %q\n  text %q\n  strategy %d, guarantees %#x, size %d, huge %d, evidence %d, retries %d",
		seen.errno, seen.bytes, seen.permissions, seen.seals, seen.flags, seen.descriptor, seen.isHigh, seen.link, seen.text,
		report.Strategy, report.Guarantees, report.Bytes, report.HugeBytes, report.Evidence, report.Retries)
	for _, attempt := range report.Attempt[:min(report.Attempts, abi.ReportAttempts)] {
		text += fmt.Sprintf("\n  attempt: strategy %d, step %d, errno %d, where %q", attempt.Strategy, attempt.Step, attempt.Errno, abi.Text(attempt.Where[:]))
	}
	return text
}

// closed closes a descriptor at the end of the test.
func closed(t *testing.T, fd int) int {
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func newFile(t *testing.T, directory, content string, mode uint32) string {
	t.Helper()
	path := filepath.Join(directory, "source")
	os.Remove(path)
	check(t, os.WriteFile(path, []byte(content), 0600))
	check(t, unix.Chmod(path, mode))
	return path
}

func openAt(t *testing.T, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err == unix.EACCES {
		t.Skipf("skip: %s: %v", path, err)
	}
	check(t, err)
	return closed(t, fd)
}

func openFile(t *testing.T, content string, mode uint32, flags int) int {
	t.Helper()
	return openAt(t, newFile(t, t.TempDir(), content, mode), flags)
}

// tmpfs returns a directory on a file system that grants leases.
func tmpfs(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("/dev/shm", "exeseal-test-")
	if err != nil {
		t.Skipf("skip: no /dev/shm: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

func feed(to int, content string, pause time.Duration) {
	defer unix.Close(to)
	step := len(content)
	if pause != 0 {
		step = 5
	}
	for sent := 0; sent < len(content); {
		time.Sleep(pause)
		n, err := unix.Write(to, []byte(content[sent:min(sent+step, len(content))]))
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil {
			return // EPIPE: the clone has ended
		}
		sent += n
	}
}

func pipe(t *testing.T, flags int, content string, pause time.Duration) int {
	t.Helper()
	var ends [2]int
	check(t, unix.Pipe2(ends[:], unix.O_CLOEXEC))
	if flags != 0 {
		check(t, unix.SetNonblock(ends[0], true))
	}
	go feed(ends[1], content, pause)
	return closed(t, ends[0])
}

func socket(t *testing.T, kind int) int {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	check(t, err)
	go feed(ends[1], program, 0)
	return closed(t, ends[0])
}

func memfd(t *testing.T, content string, mode uint32, seals int) int {
	t.Helper()
	fd, err := unix.MemfdCreate("source", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	check(t, err)
	closed(t, fd)
	_, err = unix.Write(fd, []byte(content))
	check(t, err)
	check(t, unix.Fchmod(fd, mode))
	if _, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err == unix.EINVAL {
		t.Skip("skip: this kernel does not know these seals")
	}
	check(t, err)
	return fd
}

// state is the part of a descriptor's state that must not change.
type state struct{ flags, descriptor, lock int }

func stateOf(fd int) state {
	number := uintptr(fd)
	var s state
	s.flags, _ = unix.FcntlInt(number, unix.F_GETFL, 0)
	s.descriptor, _ = unix.FcntlInt(number, unix.F_GETFD, 0)
	const getOFDLock = 36
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if s.flags&unix.O_ACCMODE != unix.O_RDONLY && unix.FcntlFlock(number, getOFDLock, &lock) == nil {
		s.lock = int(lock.Type)
	}
	return s
}

func countDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	return len(entries)
}
