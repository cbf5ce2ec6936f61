// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// lacks is a report's text for a missing strategy in a build without the core.
const lacks = "require: ENOSYS (cgo): This program was built without the C++ core"

// isAvailable reports whether a strategy works here, and logs the reason if it does not.
func isAvailable(t *testing.T, strategy exeseal.Strategy) bool {
	t.Helper()
	report, err := exeseal.Probe(strategy)
	if err != nil {
		t.Logf("not available here: %v", report)
	}
	return err == nil
}

func TestStrategiesAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^Test(WithoutMemfds|ReadOnlyView|Probe)")
}

func TestProbe(t *testing.T) {
	for _, strategy := range exeseal.Strategies() {
		report, err := exeseal.Probe(strategy)
		if err == nil {
			equal(t, "Strategy", report.Strategy, strategy)
			equal(t, string(strategy)+": a size and guarantees", report.Bytes > 0 && report.Guarantees != 0, true)
			continue
		}
		failure := wantError(t, err, failureOf(report), "exeseal: probe "+string(strategy)+": ", string(strategy)+": ")
		equal(t, "Op", failure.Op+" "+failure.Name, "probe "+string(strategy))
		equal(t, "the error's report", failure.Report.String(), report.String())
		equal(t, "Strategy", report.Strategy, "none")
	}
	for _, strategy := range []exeseal.Strategy{"", "none", "Memfd", "memfd,tmpfs"} {
		if _, err := exeseal.Probe(strategy); err == nil || !strings.Contains(err.Error(), "use one of: "+strings.Join(abi.StrategyNames[1:], ", ")) {
			t.Errorf("%q: %v", strategy, err)
		}
	}
	for _, strategy := range []exeseal.Strategy{exeseal.StrategyReuse, exeseal.StrategyMemfd} {
		if _, err := exeseal.Probe(strategy); err != nil {
			t.Error(err)
		}
	}
}

// failureOf returns the errno of a call for which no strategy worked: EOPNOTSUPP if guarantees or
// strategies are missing.
func failureOf(report exeseal.Report) syscall.Errno {
	for _, attempt := range report.Attempts {
		if attempt.Step != "require" {
			return attempt.Errno
		}
	}
	return syscall.EOPNOTSUPP
}

// runs executes a clone of a shell and checks that it succeeds.
func runs(t *testing.T, f *os.File) {
	t.Helper()
	cmd := exeseal.Command(context.Background(), f, "-c", "exit 0")
	var output bytes.Buffer
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s", err, output.String())
	}
}

func shell(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sh")
	check(t, err)
	return path
}

// withoutMemfds calls the function in a thread in which memfd_create(2) is refused.
func withoutMemfds(t *testing.T, function func()) {
	t.Helper()
	check(t, filtered.Call(unix.SYS_MEMFD_CREATE, unix.EPERM, function))
}

// TestWithoutMemfds expects a private tmpfs if the caller may mount, otherwise a file. Each has
// fewer guarantees.
func TestWithoutMemfds(t *testing.T) {
	wanted, guarantees := exeseal.StrategyTmpfile, exeseal.OwnPages
	if isAvailable(t, "tmpfs") {
		wanted, guarantees = "tmpfs", exeseal.ReadOnly|exeseal.OwnPages
	}
	path := newFile(t, script, 0755)
	for name, clone := range map[string]func(...exeseal.Option) (*os.File, error){
		"ClonePath":  func(o ...exeseal.Option) (*os.File, error) { return exeseal.ClonePath(path, o...) },
		"CloneBytes": func(o ...exeseal.Option) (*os.File, error) { return exeseal.CloneBytes([]byte(script), o...) },
	} {
		var report exeseal.Report
		var f *os.File
		var err error
		withoutMemfds(t, func() { f, err = clone(exeseal.WithReport(&report)) })
		check(t, err)
		equal(t, name, read(t, f), script)
		equal(t, name+" by", report.Strategy, wanted)
		equal(t, name+" guarantees", report.Guarantees&^exeseal.Stable, guarantees)
		equal(t, name+", the first row", string(report.Attempts[0].Strategy)+" "+report.Attempts[0].Step, "memfd create")
		f.Close()
		withoutMemfds(t, func() { _, err = clone(exeseal.WithRequire(exeseal.Sealed)) })
		equal(t, name+" with Sealed required is EPERM", errors.Is(err, syscall.EPERM), true)
	}
	withoutMemfds(t, func() {
		f, err := exeseal.ClonePath(shell(t))
		check(t, err)
		defer f.Close()
		info, err := exeseal.Inspect(f)
		check(t, err)
		equal(t, "ReadOnly", info.ReadOnly && info.CloseOnExec, true)
		runs(t, f)
	})
}

func TestReadOnlyView(t *testing.T) {
	var report exeseal.Report
	f, err := exeseal.ClonePath(shell(t), exeseal.WithMode(exeseal.ModeROSharedPage), exeseal.WithReport(&report))
	if !isAvailable(t, "overlay") && !isAvailable(t, "bind") {
		wantError(t, err, failureOf(report), "overlay: ", "bind: ")
		equal(t, "errors.ErrUnsupported", errors.Is(err, errors.ErrUnsupported), failureOf(report) == syscall.EOPNOTSUPP)
		if exeseal.Backend() == "go" && !strings.Contains(report.String(), "verity: "+lacks) {
			t.Errorf("the report does not name the reason: %v", report)
		}
		return
	}
	check(t, err)
	defer f.Close()
	equal(t, "a view", report.Strategy == "overlay" || report.Strategy == "bind", true)
	equal(t, "Guarantees", report.Guarantees, exeseal.ReadOnly)
	equal(t, "Evidence", report.Evidence, "none")
	equal(t, "Name", f.Name(), shell(t))
	info, err := exeseal.Inspect(f)
	check(t, err)
	equal(t, "ReadOnlyMount", info.ReadOnlyMount && info.ReadOnly, true)
	runs(t, f)
}

// A view shows an existing file, so memory and streams cannot have one.
func TestReadOnlyViewRequiresAFile(t *testing.T) {
	for name, clone := range map[string]func(...exeseal.Option) (*os.File, error){
		"CloneBytes": func(o ...exeseal.Option) (*os.File, error) { return exeseal.CloneBytes([]byte(script), o...) },
		"CloneReader": func(o ...exeseal.Option) (*os.File, error) {
			return exeseal.CloneReader(strings.NewReader(script), o...)
		},
	} {
		if f, err := clone(exeseal.WithMode(exeseal.ModeROSharedPage)); f != nil || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModesReturnsTheConstants(t *testing.T) {
	equal(t, "Modes", len(exeseal.Modes()), 3)
	for i, mode := range []exeseal.Mode{exeseal.ModeAutomatic, exeseal.ModeIndependentDataCopy, exeseal.ModeROSharedPage} {
		equal(t, "mode", exeseal.Modes()[i], mode)
	}
}
