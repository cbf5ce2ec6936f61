// SPDX-License-Identifier: MIT
// Measures the worst case: clones on one processor while a real-time program occupies another.

//go:build linux

package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
)

func hogRows() []Row {
	row := hogRow()
	if row.Skipped = hogForbidden(); row.Skipped != "" {
		return []Row{row}
	}
	stop, err := load(1, under("taskset", "-c", "1", "chrt", "-f", "10"))
	if err != nil {
		row.Skipped = err.Error()
		return []Row{row}
	}
	defer stop()
	time.Sleep(100 * time.Millisecond) // until the helper has its policy and processor
	var rows []Row
	if err := helper(&rows, under("taskset", "-c", "0"), "-worker", "beside-hog", programPath("runc")); err != nil {
		row.Skipped = err.Error()
		return []Row{row}
	}
	return rows
}

func hogRow() Row {
	return Row{Group: "hog", Name: "beside a SCHED_FIFO loop on the other processor", User: user(), Bytes: size(programPath("runc")), Unit: "ms"}
}

// hogForbidden returns why no processor may be occupied: without a limit on real-time programs the
// stalls would not end.
func hogForbidden() string {
	limit, err := os.ReadFile("/proc/sys/kernel/sched_rt_runtime_us")
	switch {
	case runtime.NumCPU() < 2:
		return "requires two processors"
	case err != nil || strings.TrimSpace(string(limit)) == "-1":
		return "nothing limits real-time programs here"
	case exec.Command("chrt", "-f", "10", "true").Run() != nil:
		return "SCHED_FIFO is not allowed"
	}
	return ""
}

// besideHog runs in a helper on the other processor, which the loop can delay only through the
// kernel.
func besideHog(path string) []Row {
	contestants := []contestant{
		{name: smallPages, sample: timed(func() error { return ownClone(path, exeseal.WithSmallPages()) })},
		{name: hugePages, sample: timed(func() error { return ownClone(path, exeseal.WithHugePages()) })},
	}
	return plan{rows: []Row{hogRow()}, contestants: contestants, least: 1, most: 1000, budget: budget(8),
		pairs: []pair{{hugePages, smallPages}}, isCold: true}.measure()
}
