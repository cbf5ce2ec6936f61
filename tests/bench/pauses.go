// SPDX-License-Identifier: MIT
// Measures clones after pauses in which a hypervisor takes back free memory.

//go:build linux

package main

import (
	"fmt"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

const pause = 5 * time.Second

func pauseRows() []Row {
	path := programPath("go")
	row := Row{Group: "pauses", Name: "clones after pauses of 5 s", User: user(), Bytes: size(path), Unit: "ms"}
	if row.Bytes == 0 {
		row.Skipped = "Go is not installed"
	} else if *isShort && *only == "" {
		row.Skipped = "a short run has no pauses"
	} else {
		row.Skipped = memoryStaysWarm()
	}
	if row.Skipped != "" {
		return []Row{row}
	}
	contestants := []contestant{
		{name: smallPages, sample: afterPause(func() error { return ownClone(path, exeseal.WithSmallPages()) })},
		{name: hugePages, sample: afterPause(func() error { return ownClone(path, exeseal.WithHugePages()) })},
	}
	pairs := rounds(40, 4)
	return plan{rows: []Row{row}, contestants: contestants, least: pairs, most: pairs, isCold: true, pairs: []pair{{hugePages, smallPages}}}.measure()
}

func afterPause(clone func() error) func() ([][]float64, error) {
	return func() ([][]float64, error) {
		time.Sleep(pause)
		return timed(clone)()
	}
}

// memoryStaysWarm touches free memory at once and after a pause. It returns "" if the second time
// takes more than twice as long.
func memoryStaysWarm() string {
	touch()
	warm := touch()
	time.Sleep(pause)
	cold := touch()
	if cold > 2*warm {
		return ""
	}
	return fmt.Sprintf("free memory stays warm here: %.1f ms for 64 MiB at once, %.1f ms after a pause", warm, cold)
}

func touch() float64 {
	const length = 64 << 20
	begin := time.Now()
	area, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return 0
	}
	_ = unix.Madvise(area, unix.MADV_HUGEPAGE) // a hypervisor takes back free blocks of this size
	for i := 0; i < length; i += 4096 {
		area[i] = 1
	}
	took := milliseconds(time.Since(begin))
	_ = unix.Munmap(area)
	return took
}
