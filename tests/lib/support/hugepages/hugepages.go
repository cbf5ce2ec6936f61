// SPDX-License-Identifier: MIT

//go:build linux

// Package hugepages lets a test require that a copy is in huge pages, however busy the machine is.
package hugepages

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// Need skips the test if copies are never put into huge pages here.
func Need(t testing.TB) {
	t.Helper()
	if obstacle := find(); obstacle != "" {
		t.Skip("skip: no huge pages: " + obstacle)
	}
}

func find() string {
	const shmem, isolated = "/sys/kernel/mm/transparent_hugepage/shmem_enabled", "/sys/devices/system/cpu/isolated"
	const realTime = "/proc/sys/kernel/sched_rt_runtime_us"
	switch {
	case strconv.IntSize != 64 || unix.Getpagesize() != 4096:
		return fmt.Sprintf("%d bits, and pages of %d bytes", strconv.IntSize, unix.Getpagesize())
	case !hasCollapse():
		return "MADV_COLLAPSE requires Linux 6.1"
	case read(shmem) == "" || strings.Contains(read(shmem), "[deny]"):
		return shmem + ": " + strconv.Quote(read(shmem))
	case read(realTime) == "" || strings.HasPrefix(read(realTime), "-"):
		return realTime + ": " + strconv.Quote(read(realTime))
	case read(isolated) != "\n":
		return isolated + ": " + strconv.Quote(read(isolated))
	}
	return ""
}

func hasCollapse() bool {
	var names unix.Utsname
	var major, minor int
	if unix.Uname(&names) == nil {
		fmt.Sscanf(unix.ByteSliceToString(names.Release[:]), "%d.%d", &major, &minor)
	}
	return major > 6 || major == 6 && minor >= 1
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// Want calls a function until it returns this number of bytes in huge pages. The kernel fails if a
// page is held for a moment or if no 2 MiB of free memory are contiguous. A filter on
// clock_gettime(2) keeps the time limits from ending the preparation.
func Want(t testing.TB, wanted int64, function func() int64) {
	t.Helper()
	const tries = 20
	got := int64(-1)
	for try := 0; try < tries && got != wanted; try++ {
		time.Sleep(time.Duration(try) * 10 * time.Millisecond)
		if err := filtered.Call(unix.SYS_CLOCK_GETTIME, 0, func() { got = function() }); err != nil {
			t.Skipf("skip: no filter can be set: %v", err)
		}
	}
	if got != wanted {
		t.Fatalf("%d bytes in huge pages, want %d", got, wanted)
	}
}
