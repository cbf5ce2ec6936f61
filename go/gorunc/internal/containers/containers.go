// SPDX-License-Identifier: MIT

//go:build linux

// Package containers helps tests that run containers: it has the runtimes, makes bundles, and
// provides a cgroup2.
package containers

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const inside = "EXESEAL_OWN_CGROUP2" // tests/containers/bundle.sh uses this variable too

// Main is for TestMain. It runs the tests where /sys/fs/cgroup is a pure cgroup2, which crun before
// 1.9 requires. If /sys/fs/cgroup is something else, Main runs the test program again in its own
// mount namespace and mounts cgroup2 there.
func Main(m *testing.M) {
	var fs unix.Statfs_t
	if os.Getuid() != 0 || unix.Statfs("/sys/fs/cgroup", &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC {
		os.Exit(m.Run())
	}
	if os.Getenv(inside) != "" {
		if err := unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, ""); err != nil {
			fmt.Fprintln(os.Stderr, "cannot mount cgroup2 on /sys/fs/cgroup:", err)
		}
		os.Exit(m.Run())
	}
	runtime.LockOSThread() // Pdeathsig is bound to the thread
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Args[0] = os.Args[0]
	again.Env = append(os.Environ(), inside+"=1")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := again.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		fmt.Fprintln(os.Stderr, "no mount namespace for the tests:", err)
		os.Exit(m.Run())
	}
	os.Exit(again.ProcessState.ExitCode())
}

// Runtime is a container runtime that Debian packages.
type Runtime struct {
	Name, Path string
	Args       []string // that precede its command
}

// Runc and Crun have the paths of Debian's packages.
var (
	Runc = Runtime{"runc", "/usr/sbin/runc", nil}
	Crun = Runtime{"crun", "/usr/bin/crun", []string{"--cgroup-manager=cgroupfs"}}
)

// Need skips the test if the runtime cannot run a container.
func (r Runtime) Need(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("%s: these tests run containers as root", r.Name)
	}
	if _, err := os.Stat(r.Path); err != nil {
		t.Skipf("%s: not installed", r.Name)
	}
	if _, err := exec.LookPath("busybox"); err != nil {
		t.Skipf("%s: busybox, the container's root, is not installed", r.Name)
	}
}

// ForEach runs a test with each runtime.
func ForEach(t *testing.T, test func(t *testing.T, r Runtime)) {
	for _, r := range []Runtime{Runc, Crun} {
		t.Run(r.Name, func(t *testing.T) {
			r.Need(t)
			test(t, r)
		})
	}
}

// Root returns the directory of the checkout.
func Root(t *testing.T) string {
	t.Helper()
	directory, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; directory != "/"; directory = filepath.Dir(directory) {
		if _, err := os.Stat(filepath.Join(directory, "tests/containers/bundle.sh")); err == nil {
			return directory
		}
	}
	t.Fatal("no parent directory has tests/containers/bundle.sh")
	return ""
}

// Bundle makes the OCI bundle of tests/containers/bundle.sh, which runs a command in busybox's
// shell. The edits change its config.json.
func Bundle(t *testing.T, command string, edits ...func(*specs.Spec)) string {
	t.Helper()
	bundle := t.TempDir()
	script := `set -e; . "$1"/tests/containers/bundle.sh; make_bundle "$2" "$3"`
	if out, err := exec.Command("bash", "-c", script, "bundle", Root(t), bundle, command).CombinedOutput(); err != nil {
		t.Fatalf("make_bundle: %v: %s", err, out)
	}
	config := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(config)
	var spec specs.Spec
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	for _, edit := range edits {
		edit(&spec)
	}
	if err == nil {
		text, err = json.Marshal(&spec)
	}
	if err == nil {
		err = os.WriteFile(config, text, 0600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// File identifies a file.
type File struct{ Device, Inode uint64 }

// Identity returns the file that a path leads to, for example /proc/PID/exe.
func Identity(path string) (File, error) {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	return File{uint64(s.Dev), s.Ino}, err
}

// Descriptors returns the open descriptors of a process by number.
func Descriptors(t *testing.T, pid int) map[string]Descriptor {
	t.Helper()
	directory := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]Descriptor{}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		link, err := os.Readlink(path)
		if err != nil {
			continue // closed in the meantime
		}
		file, _ := Identity(path)
		list[entry.Name()] = Descriptor{link, file}
	}
	return list
}

// Descriptor is an open descriptor of a process.
type Descriptor struct {
	Link string
	File File
}

// Copy copies a program into a temporary directory, where a test can delete it.
func Copy(t *testing.T, path string) string {
	t.Helper()
	bytes, err := os.ReadFile(path)
	name := filepath.Join(t.TempDir(), filepath.Base(path))
	if err == nil {
		err = os.WriteFile(name, bytes, 0755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}
