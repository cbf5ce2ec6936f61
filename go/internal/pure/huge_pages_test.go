// SPDX-License-Identifier: MIT

//go:build linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le)

package pure

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"github.com/exeseal/exeseal/tests/lib/support/hugepages"
	"golang.org/x/sys/unix"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newMemfd(t *testing.T) int {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	check(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func TestHugePages(t *testing.T) {
	hugepages.Need(t)
	for size, wanted := range map[uint64]uint64{
		// The last one is larger than the largest batch.
		2 * hugePage: 2 * hugePage, 3*hugePage - 1: 2 * hugePage, 9<<20 + 5: 8 << 20, 66<<20 + 1: 66 << 20,
	} {
		size, wanted := size, wanted
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			memfd := newMemfd(t)
			hugepages.Want(t, int64(wanted), func() int64 {
				check(t, unix.Ftruncate(memfd, 0))
				return int64(prepareHugePages(memfd, size))
			})
			var stat unix.Stat_t
			check(t, unix.Fstat(memfd, &stat))
			if uint64(stat.Size) != wanted || uint64(stat.Blocks)*512 != wanted {
				t.Errorf("%d bytes, %d blocks", stat.Size, stat.Blocks)
			}
			if mapped := mappedHuge(t, memfd, wanted); mapped != fmt.Sprint(wanted>>10) {
				t.Errorf("%s KiB are mapped in huge pages", mapped)
			}
		})
	}
}

// mappedHuge returns how many KiB of the file the kernel maps in huge pages.
func mappedHuge(t *testing.T, fd int, length uint64) string {
	t.Helper()
	w, err := newWindow(length)
	check(t, err)
	defer w.close()
	check(t, w.show(fd, 0, length))
	check(t, w.touch(length))
	maps, err := os.ReadFile("/proc/self/smaps")
	check(t, err)
	match := regexp.MustCompile(fmt.Sprintf(`(?s)\n%x-.*?\nShmemPmdMapped: +(\d+) kB`, w.place)).FindSubmatch(maps)
	if match == nil {
		t.Fatalf("the mapping is not in %s", maps)
	}
	return string(match[1])
}

func TestNoHugePagesForOtherSizes(t *testing.T) {
	for _, size := range []uint64{0, 1, hugePage, 2*hugePage - 1, largestCopy + 1, 1 << 40} {
		memfd := newMemfd(t)
		bytes := prepareHugePages(memfd, size)
		var stat unix.Stat_t
		check(t, unix.Fstat(memfd, &stat))
		if bytes != 0 || stat.Size != 0 {
			t.Errorf("size %d: %d bytes in huge pages, the memfd has %d", size, bytes, stat.Size)
		}
	}
}

func TestNoHugePagesIfACallIsRefused(t *testing.T) {
	for name, number := range map[string]uint32{
		"openat": unix.SYS_OPENAT, "read": unix.SYS_READ, "ftruncate": unix.SYS_FTRUNCATE, "madvise": unix.SYS_MADVISE,
		"clock_gettime": unix.SYS_CLOCK_GETTIME,
	} {
		memfd, bytes := newMemfd(t), uint64(1)
		err := filtered.Call(number, unix.EPERM, func() { bytes = prepareHugePages(memfd, 4*hugePage) })
		if err != nil {
			t.Skipf("skip: no filter can be set: %v", err)
		}
		if bytes != 0 {
			t.Errorf("%s: %d bytes", name, bytes)
		}
	}
}

func TestLimitsOfABatch(t *testing.T) {
	const huge = 4
	start := clocks{cpu: 1 << 40, time: 1 << 50}
	for _, test := range []struct {
		cpu, time int64
		stopped   bool
	}{
		{0, 0, false},
		{600_000 * huge, 5_000_000, false},
		{600_000*huge + 1, 0, true},
		{0, 5_000_001, true},
	} {
		end := clocks{start.cpu + test.cpu, start.time + test.time}
		if stoppedPaying(start, end, huge*hugePage) != test.stopped {
			t.Errorf("%d ns of CPU time, %d ns: want %v", test.cpu, test.time, test.stopped)
		}
	}
}
