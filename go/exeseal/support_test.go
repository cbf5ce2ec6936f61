// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

// child names the role of the test binary when a test runs it again as another program.
const child = "EXESEAL_TEST_CHILD"

var children = map[string]func(){}

func TestMain(m *testing.M) {
	if run := children[os.Getenv(child)]; run != nil {
		run()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const script = "#!/bin/sh\nexit 42\n"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wantError checks that the error has this errno in its chain and contains every part.
func wantError(t testing.TB, err error, errno syscall.Errno, parts ...string) *exeseal.Error {
	t.Helper()
	var failure *exeseal.Error
	if !errors.Is(err, errno) || !errors.As(err, &failure) {
		t.Fatalf("%v, want an *Error that is %v", err, errno)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
	return failure
}

func newFile(t testing.TB, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	check(t, os.WriteFile(path, []byte(content), 0600))
	check(t, os.Chmod(path, mode))
	return path
}

func read(t testing.TB, f *os.File) string {
	t.Helper()
	info, err := f.Stat()
	check(t, err)
	content := make([]byte, info.Size())
	_, err = f.ReadAt(content, 0)
	check(t, err)
	return string(content)
}

// self returns this test binary, sealed.
func self(t testing.TB, opts ...exeseal.Option) *os.File {
	t.Helper()
	f, err := exeseal.CloneSelf(opts...)
	check(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// program returns a small program, sealed. It must be an ELF image: a script's interpreter could
// not open it.
func program(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := exeseal.ClonePath(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("skip: no %s", path)
	}
	check(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// sealedDescriptors counts the memfds that this process has open.
func sealedDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	count := 0
	for _, entry := range entries {
		if link, _ := os.Readlink("/proc/self/fd/" + entry.Name()); strings.HasPrefix(link, "/memfd:") {
			count++
		}
	}
	return count
}

func statusFlags(t testing.TB, f *os.File) int {
	t.Helper()
	connection, err := f.SyscallConn()
	check(t, err)
	flags := 0
	check(t, connection.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) }))
	check(t, err)
	return flags
}

func init() {
	// Prints what the tests compare, one line each.
	children["show"] = func() {
		fmt.Println("args " + strings.Join(os.Args, "|"))
		exe, _ := os.Readlink("/proc/self/exe")
		fmt.Println("exe " + exe)
		fmt.Println("env " + os.Getenv("EXESEAL_TEST_VALUE"))
		for fd := 0; fd < 30; fd++ {
			if link, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil && !strings.HasPrefix(link, "anon_inode:") {
				fmt.Println("fd", fd, link)
			}
		}
	}
}

func collect() {
	for i := 0; i < 10; i++ {
		runtime.GC()
	}
}
