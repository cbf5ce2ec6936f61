// SPDX-License-Identifier: MIT
// Measures `exeseal run PROGRAM` beside the program, a clone of it, and an empty program.

//go:build linux

package main

import (
	"os"

	"github.com/exeseal/exeseal/go/exeseal"
)

const (
	byTool = "exeseal run busybox true"
	alone  = "busybox true"
	aClone = "a clone of busybox"
	empty  = "an empty static program"
)

func toolRows() []Row {
	busybox := programPath("busybox")
	row := Row{Group: "tool", Name: "exeseal run", User: user(), Bytes: size(busybox), Unit: "ms"}
	if row.Bytes == 0 || size(prepared("exeseal")) == 0 {
		row.Skipped = "requires busybox, meson, and libcap's headers"
		return []Row{row}
	}
	contestants := []contestant{
		startOf(byTool, []string{"exeseal", "run", busybox, "true"}, opened(prepared("exeseal"))),
		startOf(alone, []string{"busybox", "true"}, opened(busybox)),
		startOf(empty, []string{"empty"}, opened(prepared("empty"))),
		{name: aClone, sample: timed(func() error {
			sealed, err := exeseal.ClonePath(busybox, copied)
			if err != nil {
				return err
			}
			return sealed.Close()
		})},
	}
	return plan{rows: []Row{row}, contestants: contestants, least: 5, most: 400, budget: budget(6),
		pairs: []pair{{byTool, alone}}, beside: &Difference{Of: byTool, Beside: []string{alone, aClone, empty}}}.measure()
}

func opened(path string) func() (*os.File, error) {
	return func() (*os.File, error) { return os.Open(path) }
}
