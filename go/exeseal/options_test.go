// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"golang.org/x/sys/unix"
)

func TestOptionsAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^TestWith")
}

func TestWithModesTriesOneAfterTheOther(t *testing.T) {
	var report exeseal.Report
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithReport(&report),
		// memory cannot be viewed
		exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy))
	check(t, err)
	defer f.Close()
	equal(t, "Strategy", report.Strategy, "memfd")
	tried := ""
	for _, attempt := range report.Attempts {
		tried += string(attempt.Strategy) + " "
	}
	equal(t, "one report covers both modes", strings.Contains(tried, "overlay ") && strings.HasSuffix(tried, "memfd "), true)
}

func TestWithModesReusesButASingleModeDoesNot(t *testing.T) {
	sealed, err := exeseal.CloneBytes([]byte(script))
	check(t, err)
	defer sealed.Close()
	for want, option := range map[exeseal.Strategy]exeseal.Option{
		"reuse": exeseal.WithModes(exeseal.ModeIndependentDataCopy, exeseal.ModeROSharedPage),
		"memfd": exeseal.WithModes(exeseal.ModeIndependentDataCopy),
	} {
		var report exeseal.Report
		f, err := exeseal.CloneFile(sealed, option, exeseal.WithReport(&report))
		check(t, err)
		equal(t, "Strategy", report.Strategy, want)
		f.Close()
	}
}

func TestWithModeAndWithModesLastTakesEffect(t *testing.T) {
	list := exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy)
	_, err := exeseal.CloneBytes([]byte(script), list, exeseal.WithMode(exeseal.ModeROSharedPage))
	wantError(t, err, syscall.EOPNOTSUPP, "overlay: ")
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithMode(exeseal.ModeROSharedPage), list)
	check(t, err)
	f.Close()
}

func TestWithModesRejects(t *testing.T) {
	const view, fresh = exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy
	for want, modes := range map[string][]exeseal.Mode{
		"0 modes": nil, "6 modes": {view, fresh, view, fresh, view, fresh}, `mode ""`: {view, exeseal.ModeAutomatic},
		`unknown mode "bogus"`: {fresh, "bogus"},
	} {
		f, err := exeseal.CloneBytes([]byte(script), exeseal.WithModes(modes...))
		if f != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", modes, err, want)
		}
	}
	_, err := exeseal.CloneBytes([]byte(script), exeseal.WithModes(view, view))
	wantError(t, err, syscall.EINVAL, "argument")
}

func TestWithNameAcceptsASlash(t *testing.T) {
	const name = "runc_cloned:/proc/self/exe" // the name of runc's memfd
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithName(name))
	check(t, err)
	defer f.Close()
	equal(t, "Name", f.Name(), name)
	path, err := exeseal.CommandPath(f)
	check(t, err)
	link, err := os.Readlink(path)
	check(t, err)
	equal(t, "link", link, "/memfd:"+name+" (deleted)")
}

// TestWithNameReusesASealedSelf: a name makes a copy of every other sealed source.
func TestWithNameReusesASealedSelf(t *testing.T) {
	sealed := self(t, exeseal.WithName("first"))
	lines := linesOf(t, asChild(exeseal.Command(context.Background(), sealed), "clone self as second"))
	equal(t, "strategy and link", lines[0], "reuse /memfd:first (deleted)")
	lines = linesOf(t, asChild(exec.Command(os.Args[0]), "clone self as second"))
	equal(t, "control: from a file", lines[0], "memfd /memfd:second (deleted)")
	var report exeseal.Report
	f, err := exeseal.CloneFile(sealed, exeseal.WithName("second"), exeseal.WithReport(&report))
	check(t, err)
	defer f.Close()
	equal(t, "control: another source", report.Strategy, "memfd")
}

func init() {
	children["clone self as second"] = func() {
		var report exeseal.Report
		f, err := exeseal.CloneSelf(exeseal.WithName("second"), exeseal.WithReport(&report))
		if err != nil {
			panic(err)
		}
		path, err := exeseal.CommandPath(f)
		if err != nil {
			panic(err)
		}
		link, err := os.Readlink(path)
		if err != nil {
			panic(err)
		}
		fmt.Println(report.Strategy, link)
	}
}

// TestWithTempDir refuses memfds, so that the clone makes a file in the directory. If the caller
// may mount, tmpfs comes first, unless memory is short.
func TestWithTempDir(t *testing.T) {
	if !isAvailable(t, "tmpfile") || isAvailable(t, "tmpfs") {
		t.Skip("skip: no file is made here")
	}
	directory, err := os.OpenFile(t.TempDir(), unix.O_PATH|unix.O_DIRECTORY, 0)
	check(t, err)
	defer directory.Close()
	var report exeseal.Report
	withoutMemfds(t, func() {
		f, err := exeseal.CloneBytes([]byte(script), exeseal.WithTempDir(directory), exeseal.WithReport(&report))
		check(t, err)
		defer f.Close()
		path, err := exeseal.CommandPath(f)
		check(t, err)
		link, err := os.Readlink(path)
		check(t, err)
		equal(t, "directory", filepath.Dir(link), directory.Name())
	})
	equal(t, "Where", report.Attempts[len(report.Attempts)-1].Where, "tmp_dirfd")
}

func TestWithTempDirRejects(t *testing.T) {
	_, err := exeseal.CloneBytes([]byte(script), exeseal.WithTempDir(nil))
	equal(t, "nil", errors.Is(err, os.ErrInvalid), true)
	closed, err := os.Open(t.TempDir())
	check(t, err)
	closed.Close()
	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithTempDir(closed))
	equal(t, "closed", errors.Is(err, os.ErrClosed), true)
	file, err := os.Open(newFile(t, script, 0755))
	check(t, err)
	defer file.Close()
	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithTempDir(file))
	wantError(t, err, syscall.ENOTDIR, "argument", "tmp_dirfd")
}

func TestWithSmallPages(t *testing.T) {
	var report exeseal.Report
	f, err := exeseal.CloneSelf(exeseal.WithSmallPages(), exeseal.WithReport(&report))
	check(t, err)
	defer f.Close()
	equal(t, "HugeBytes", report.HugeBytes, 0)
	equal(t, "Strategy", report.Strategy, "memfd")
}

func TestWithNameIsNotTheNameInAnError(t *testing.T) {
	_, err := exeseal.ClonePath("/proc/self/exe", exeseal.WithName("other"), exeseal.WithMaxBytes(1))
	var failure *exeseal.Error
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, "a file", failure.Name, "/proc/self/exe")
	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithName("other"), exeseal.WithMaxBytes(1))
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, "bytes, which have no name", failure.Name, "other")
}
