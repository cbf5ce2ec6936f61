// SPDX-License-Identifier: MIT

//go:build linux

// Package ordinary runs tests again as an ordinary user.
package ordinary

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is who the tests are then. Nothing on the system belongs to it.
const nobody = 65534

// Run runs this test binary's tests that the pattern matches as an ordinary user: none of root's rights and groups, and a temporary directory of its
// own. Who is one already needs no other.
func Run(t *testing.T, pattern string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skip: this is an ordinary user, for whom the other tests ran")
	}
	directory := t.TempDir()
	program := filepath.Join(directory, filepath.Base(os.Args[0])) // its own path may lie where only root goes
	if err := prepare(directory, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.v", "-test.count=1", "-test.timeout=50m", "-test.run="+pattern)
	cmd.Dir = directory
	cmd.Env = append(os.Environ(), "TMPDIR="+directory, "HOME="+directory)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as an ordinary user: %v\n%s", err, failures(string(output)))
		return
	}
	passed, skipped := strings.Count(string(output), "--- PASS: "), strings.Count(string(output), "--- SKIP: ")
	switch {
	case passed == 0 && skipped == 0:
		t.Errorf("no test ran:\n%s", output)
	case passed == 0:
		t.Skipf("skip: as an ordinary user, all %d tests: %s", skipped, failures(string(output)))
	}
	t.Logf("as an ordinary user: %d passed, %d skipped", passed, skipped)
}

// prepare makes a copy of this program in a directory that is nobody's.
func prepare(directory, program string) error {
	for _, path := range []string{filepath.Dir(directory), directory} { // of t.TempDir
		if err := os.Chmod(path, 0755); err != nil {
			return err
		}
	}
	content, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(program, content, 0755)
	}
	if err == nil {
		err = os.Chmod(program, 0755)
	}
	if err == nil {
		err = os.Chown(directory, nobody, nobody)
	}
	return err
}

// failures leaves out what says that a test runs or has passed.
func failures(output string) string {
	var kept []string
	for _, line := range strings.Split(output, "\n") {
		if !strings.HasPrefix(line, "=== ") && !strings.Contains(line, "--- PASS: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
