// SPDX-License-Identifier: MIT

//go:build linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le)

package pure

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	page         = 4096
	hugePage     = 2 << 20
	smallestCopy = 2 * hugePage
	largestCopy  = 256 << 20
	largestBatch = 16 * hugePage

	mostCPUNanoseconds = 600_000   // for each huge page
	mostNanoseconds    = 5_000_000 // for a batch

	madvCollapse = 25 // MADV_COLLAPSE, Linux 6.1
)

// prepareHugePages does what lib/seal/huge_pages.cc does, which has the reasons. It returns how
// many of the first bytes of an empty memfd are in huge pages. The Go program never reads the
// mapping that it makes, so another process may truncate the file without harm.
func prepareHugePages(memfd int, size uint64) uint64 {
	whole := size - size%hugePage
	if whole < smallestCopy || size > largestCopy || mayStall() {
		return 0
	}
	w, err := newWindow(min(whole, largestBatch))
	if err != nil {
		return 0
	}
	defer w.close()
	runtime.LockOSThread() // readClocks reads this thread's CPU clock
	defer runtime.UnlockOSThread()
	done := uint64(0)
	for batch := uint64(hugePage); done < whole; batch = min(2*batch, largestBatch) {
		length := min(batch, whole-done)
		if w.show(memfd, done, length) != nil || unix.Ftruncate(memfd, int64(done+length)) != nil {
			break
		}
		w.advise(0, length, unix.MADV_DONTFORK)
		if w.touch(length) != nil {
			break
		}
		start, err := readClocks()
		if err != nil || w.collapse(length) != nil {
			break
		}
		done += length
		end, err := readClocks()
		if err != nil || stoppedPaying(start, end, length) {
			break
		}
	}
	return done
}

func mayStall() bool {
	isLimited := isNumber(beginning("/proc/sys/kernel/sched_rt_runtime_us"))
	return !isLimited || beginning("/sys/devices/system/cpu/isolated") != "\n"
}

func isNumber(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// beginning returns "" if the file cannot be read.
func beginning(path string) string {
	fd, err := openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var text [23]byte
	n, err := unix.Read(fd, text[:])
	if err != nil {
		return ""
	}
	return string(text[:n])
}

// window maps a part of a file at an address where a huge page can be mapped. No byte of it is ever
// loaded.
type window struct {
	place  uintptr
	length uint64 // of the mapping
}

func newWindow(largest uint64) (*window, error) {
	reserved, err := unix.Mmap(-1, 0, int(largest+hugePage), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	start := uintptr(unsafe.Pointer(&reserved[0]))
	return &window{place: (start + hugePage - 1) / hugePage * hugePage}, unix.Munmap(reserved)
}

func (w *window) close() {
	if w.length != 0 {
		unix.Syscall(unix.SYS_MUNMAP, w.place, uintptr(w.length), 0)
	}
	w.length = 0
}

// show calls mmap(2) directly to pass an address: golang.org/x/sys has no function for that in the
// version that go.mod requires.
func (w *window) show(fd int, offset, length uint64) error {
	w.close()
	found, _, errno := unix.Syscall6(unix.SYS_MMAP, w.place, uintptr(length), unix.PROT_READ, unix.MAP_PRIVATE, uintptr(fd), uintptr(offset))
	if errno != 0 {
		return errno
	}
	if found != w.place { // another thread has mapped something there
		unix.Syscall(unix.SYS_MUNMAP, found, uintptr(length), 0)
		return unix.EEXIST
	}
	w.length = length
	return nil
}

func (w *window) advise(offset, length uint64, advice uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, w.place+uintptr(offset), uintptr(length), advice); errno != 0 {
		return errno
	}
	return nil
}

func (w *window) touch(length uint64) error {
	for at := uint64(0); at < length; at += hugePage {
		if err := w.advise(at+page, page, unix.MADV_POPULATE_READ); err != nil {
			return err
		}
	}
	return nil
}

func (w *window) collapse(length uint64) error {
	err := w.advise(0, length, madvCollapse)
	if err == unix.EAGAIN {
		err = w.advise(0, length, madvCollapse)
	}
	return err
}

// clocks has times in nanoseconds.
type clocks struct{ cpu, time int64 }

// readClocks fails if a clock cannot be read. No more huge pages are made then, because their cost
// is unknown.
func readClocks() (clocks, error) {
	cpu, err := readClock(unix.CLOCK_THREAD_CPUTIME_ID)
	if err != nil {
		return clocks{}, err
	}
	time, err := readClock(unix.CLOCK_MONOTONIC)
	return clocks{cpu, time}, err
}

// readClock makes the same system call as the core.
func readClock(clock int32) (int64, error) {
	var now unix.Timespec
	err := unix.ClockGettime(clock, &now)
	return now.Nano(), err
}

func stoppedPaying(start, end clocks, length uint64) bool {
	return end.cpu-start.cpu > mostCPUNanoseconds*int64(length/hugePage) || end.time-start.time > mostNanoseconds
}
