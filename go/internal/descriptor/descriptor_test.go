// SPDX-License-Identifier: MIT

//go:build linux

package descriptor

import (
	"testing"

	"golang.org/x/sys/unix"
)

// withStandardInput opens /dev/null as fd 0, and restores the former fd 0 at the end of the test.
func withStandardInput(t *testing.T) {
	saved, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 10)
	if err == nil {
		t.Cleanup(func() { unix.Dup3(saved, 0, 0); unix.Close(saved) })
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if null != 0 {
		unix.Dup3(null, 0, unix.O_CLOEXEC)
		unix.Close(null)
	}
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestAboveStandardMovesALowNumber(t *testing.T) {
	withStandardInput(t)
	moved, err := AboveStandard(0)
	if err != nil || moved < 3 || isOpen(0) {
		t.Fatalf("moved to %d: %v; 0 is open: %v", moved, err, isOpen(0))
	}
	if again, err := AboveStandard(moved); again != moved || err != nil {
		t.Errorf("%d became %d: %v", moved, again, err)
	}
	unix.Close(moved)
}

func TestAboveStandardIsOutOfDescriptors(t *testing.T) {
	withStandardInput(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	_, err := AboveStandard(0)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	if err != unix.EMFILE || isOpen(0) {
		t.Errorf("%v; 0 is open: %v", err, isOpen(0))
	}
}
