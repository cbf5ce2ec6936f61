// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

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
)

// resolve skips in a build without the core, which has to say so.
func resolve(t *testing.T, name string, search exeseal.Search) (exeseal.Resolution, error) {
	t.Helper()
	resolution, err := exeseal.Resolve(name, search)
	if errors.Is(err, errors.ErrUnsupported) {
		report, _ := exeseal.Probe("tmpfile")
		equal(t, "built without the core", strings.Contains(report.String(), lacks), true)
		t.Skip("skip: " + err.Error())
	}
	if resolution.File != nil {
		t.Cleanup(func() { resolution.File.Close() })
	}
	return resolution, err
}

func TestResolveAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^TestResolve(Finds|Tells|NotFound|Script)")
}

func TestResolveFindsWhatRuns(t *testing.T) {
	found, err := resolve(t, "echo", exeseal.Search{})
	check(t, err)
	equal(t, "Name", filepath.Base(found.File.Name()), "echo")
	equal(t, "Wrapper, Refused", found.Wrapper || found.Refused != nil, false)
	again, err := resolve(t, found.File.Name(), exeseal.Search{})
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

// sh is a link to the shell that a system has.
func TestResolveFindsByName(t *testing.T) {
	found, err := resolve(t, "sh", exeseal.Search{})
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

func TestResolveTellsWhyNot(t *testing.T) {
	path := newFile(t, "program", 0777)
	check(t, os.Chmod(path, 0777))
	for name, search := range map[string]exeseal.Search{
		path:                {},
		filepath.Base(path): {Directories: []string{"relative", "/no/such", filepath.Dir(path)}},
	} {
		found, err := resolve(t, name, search)
		failure := wantError(t, err, syscall.EPERM, "exeseal: resolve "+name+": ", path+": ")
		equal(t, "Op", failure.Op, "resolve")
		equal(t, "Refused", len(found.Refused), 1)
		equal(t, "path and reason", strings.HasPrefix(found.Refused[0], path+": ") && strings.Contains(found.Refused[0], "writable by group or others"), true)
	}
	if os.Geteuid() != 0 {
		_, err := resolve(t, filepath.Base(path), exeseal.Search{Path: filepath.Dir(path)})
		wantError(t, err, syscall.EPERM, path+": ")
	}
}

func TestResolutionAsJSON(t *testing.T) {
	refused := exeseal.Resolution{Refused: []string{"/mnt/a/runc: writable by group or others"}}
	got, err := json.Marshal(refused)
	check(t, err)
	equal(t, "JSON", string(got), `{"path":null,"resolved":null,"wrapper":false,"refused":[{"path":"/mnt/a/runc","reason":"writable by group or others"}]}`)
	found, err := resolve(t, "sh", exeseal.Search{})
	check(t, err)
	got, err = json.Marshal(found)
	check(t, err)
	equal(t, "JSON", string(got), fmt.Sprintf(`{"path":%q,"resolved":%q,"wrapper":false,"refused":[]}`, found.File.Name(), found.Resolved))
}

func TestResolveNotFound(t *testing.T) {
	for _, name := range []string{"no-such-program-here", "/usr/bin/no-such-program-here"} {
		_, err := resolve(t, name, exeseal.Search{Directories: []string{"/no/such"}})
		wantError(t, err, syscall.ENOENT, name)
		equal(t, "fs.ErrNotExist", errors.Is(err, fs.ErrNotExist), true)
	}
	for _, name := range []string{"", "..", "bin/echo", "./echo", "echo\x00", "/bin/echo\x00"} {
		_, err := resolve(t, name, exeseal.Search{})
		wantError(t, err, syscall.EINVAL)
	}
	for _, directory := range []string{"/usr\x00", "/no/such:/usr/bin"} {
		_, err := resolve(t, "echo", exeseal.Search{Directories: []string{directory}})
		wantError(t, err, syscall.EINVAL)
	}
}

func TestResolveIsNotByPathForRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root")
	}
	path := newFile(t, "program", 0755)
	_, err := resolve(t, filepath.Base(path), exeseal.Search{Path: filepath.Dir(path)})
	wantError(t, err, syscall.ENOENT)
}

func TestResolveScript(t *testing.T) {
	const script = "/usr/bin/ldd"
	if content, err := os.ReadFile(script); err != nil || !strings.HasPrefix(string(content), "#!") {
		t.Skip("skip: " + script + " is no script here")
	}
	_, err := resolve(t, "ldd", exeseal.Search{})
	wantError(t, err, syscall.EPERM, script+": a script")
	found, err := resolve(t, "ldd", exeseal.Search{Script: true})
	check(t, err)
	equal(t, "Name", found.File.Name(), script)
}
