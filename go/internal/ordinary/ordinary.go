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

// nobody is the ordinary user. It owns no file of the system.
const nobody = 65534

// Run runs the tests of this test binary that match the pattern again as an ordinary user, without
// root's capabilities and groups, and with a separate temporary directory. If the current user is
// not root, the tests have already run as an ordinary user, and Run skips.
func Run(t *testing.T, pattern string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skip: the tests have already run as an ordinary user")
	}
	directory := t.TempDir()
	// root may be the only user who can reach the original's directory
	program := filepath.Join(directory, filepath.Base(os.Args[0]))
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

// prepare copies this program into a directory that it gives to nobody.
func prepare(directory, program string) error {
	// the directories of t.TempDir
	for _, path := range []string{filepath.Dir(directory), directory} {
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

// failures removes the lines that report started and passed tests.
func failures(output string) string {
	var kept []string
	for _, line := range strings.Split(output, "\n") {
		if !strings.HasPrefix(line, "=== ") && !strings.Contains(line, "--- PASS: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
