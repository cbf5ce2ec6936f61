// SPDX-License-Identifier: MIT

//go:build linux

package resolve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"github.com/exeseal/exeseal/go/resolve"
)

// find skips the test in a build without the core, and checks that it is one.
func find(t *testing.T, name string, search resolve.Search) (resolve.Result, error) {
	t.Helper()
	result, err := resolve.Find(name, search)
	if errors.Is(err, errors.ErrUnsupported) {
		equal(t, "built without the core", exeseal.Backend(), "go")
		failure := wantError(t, err, syscall.ENOSYS, "built without the C++ core", "Build it ")
		equal(t, "Advice", strings.HasSuffix(err.Error(), ": "+failure.Advice), true)
		t.Skip("skip: " + err.Error())
	}
	if result.File != nil {
		t.Cleanup(func() { result.File.Close() })
	}
	return result, err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wantError checks that the error has this errno in its chain and contains every part.
func wantError(t *testing.T, err error, errno syscall.Errno, parts ...string) *resolve.Error {
	t.Helper()
	var failure *resolve.Error
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

func newProgram(t *testing.T, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	check(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0600))
	check(t, os.Chmod(path, mode))
	return path
}

func TestFindAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^TestFind(Returns|ByName|Reports|NotFound|Script)")
}

func TestFindReturnsAProgramThatRuns(t *testing.T) {
	found, err := find(t, "echo", resolve.Search{})
	check(t, err)
	equal(t, "Name", filepath.Base(found.File.Name()), "echo")
	equal(t, "Wrapper, Refused", found.Wrapper || found.Refused != nil, false)
	again, err := find(t, found.File.Name(), resolve.Search{})
	check(t, err)
	one, err := found.File.Stat()
	check(t, err)
	other, err := again.File.Stat()
	check(t, err)
	equal(t, "the same file", os.SameFile(one, other), true)

	sealed, err := exeseal.CloneFile(found.File)
	check(t, err)
	defer sealed.Close()
	equal(t, "Name", sealed.Name(), found.File.Name())
	output, err := exeseal.Command(context.Background(), sealed, "it runs").Output()
	check(t, err)
	equal(t, "output", string(output), "it runs\n")
}

// sh is a symbolic link to the system's shell.
func TestFindByName(t *testing.T) {
	found, err := find(t, "sh", resolve.Search{})
	check(t, err)
	equal(t, "Name", filepath.Base(found.File.Name()), "sh")
	resolved, err := filepath.EvalSymlinks(found.File.Name())
	check(t, err)
	equal(t, "Resolved", found.Resolved, resolved)
	sealed, err := exeseal.CloneFile(found.File)
	check(t, err)
	defer sealed.Close()
	output, err := exeseal.Command(context.Background(), sealed, "-c", "echo $0").Output()
	check(t, err)
	equal(t, "argv[0]", string(output), found.File.Name()+"\n")
}

func TestFindReportsRefusals(t *testing.T) {
	path := newProgram(t, 0777)
	for name, search := range map[string]resolve.Search{
		path:                {},
		filepath.Base(path): {Directories: []string{"relative", "/no/such", filepath.Dir(path)}},
	} {
		found, err := find(t, name, search)
		failure := wantError(t, err, syscall.EPERM, "exeseal: resolve "+name+": ", path+": ")
		equal(t, "Name", failure.Name, name)
		equal(t, "Refused", len(found.Refused), 1)
		equal(t, "Refused of the error", strings.Join(failure.Refused, "\n"), found.Refused[0])
		equal(t, "path and reason", strings.HasPrefix(found.Refused[0], path+": ") && strings.Contains(found.Refused[0], "writable by group or others"), true)
	}
	if os.Geteuid() != 0 {
		_, err := find(t, filepath.Base(path), resolve.Search{Path: filepath.Dir(path)})
		wantError(t, err, syscall.EPERM, path+": ")
	}
}

func TestResultAsJSON(t *testing.T) {
	refused := resolve.Result{Refused: []string{"/mnt/a/runc: writable by group or others"}}
	got, err := json.Marshal(refused)
	check(t, err)
	equal(t, "JSON", string(got), `{"path":null,"resolved":null,"wrapper":false,"refused":[{"path":"/mnt/a/runc","reason":"writable by group or others"}]}`)
	found, err := find(t, "sh", resolve.Search{})
	check(t, err)
	got, err = json.Marshal(found)
	check(t, err)
	equal(t, "JSON", string(got), fmt.Sprintf(`{"path":%q,"resolved":%q,"wrapper":false,"refused":[]}`, found.File.Name(), found.Resolved))
}

func TestFindNotFound(t *testing.T) {
	for _, name := range []string{"no-such-program-here", "/usr/bin/no-such-program-here"} {
		_, err := find(t, name, resolve.Search{Directories: []string{"/no/such"}})
		wantError(t, err, syscall.ENOENT, name)
		equal(t, "fs.ErrNotExist", errors.Is(err, fs.ErrNotExist), true)
	}
	for _, name := range []string{"", "..", "bin/echo", "./echo", "echo\x00", "/bin/echo\x00"} {
		_, err := find(t, name, resolve.Search{})
		wantError(t, err, syscall.EINVAL)
	}
	for _, directory := range []string{"/usr\x00", "/no/such:/usr/bin"} {
		_, err := find(t, "echo", resolve.Search{Directories: []string{directory}})
		wantError(t, err, syscall.EINVAL)
	}
}

func TestFindIgnoresPATHAsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root")
	}
	path := newProgram(t, 0755)
	_, err := find(t, filepath.Base(path), resolve.Search{Path: filepath.Dir(path)})
	wantError(t, err, syscall.ENOENT)
}

func TestFindScript(t *testing.T) {
	const script = "/usr/bin/ldd"
	if content, err := os.ReadFile(script); err != nil || !strings.HasPrefix(string(content), "#!") {
		t.Skip("skip: " + script + " is no script here")
	}
	_, err := find(t, "ldd", resolve.Search{})
	wantError(t, err, syscall.EPERM, script+": a script")
	found, err := find(t, "ldd", resolve.Search{Script: true})
	check(t, err)
	equal(t, "Name", found.File.Name(), script)
}
