// SPDX-License-Identifier: MIT
// Measures clones beside a thread that forks. Its children hold the mappings of that moment.

//go:build linux

package main

import (
	"errors"
	"syscall"

	"github.com/exeseal/exeseal/go/exeseal"
)

const clonesBesideForks = 300

func forkRows() []Row {
	path := programPath("runc")
	row := Row{Group: "forks", Name: "EBUSY in 300 clones", User: user(), Bytes: size(path), Unit: "clones"}
	retried := row
	retried.Name, retried.Unit = "waits in 300 clones", "waits"
	contestants := []contestant{
		{name: smallPages, sample: besideForks(path, exeseal.WithSmallPages())},
		{name: hugePages, sample: besideForks(path, exeseal.WithHugePages())},
	}
	return plan{rows: []Row{row, retried}, contestants: contestants, least: 1, most: 1, isCold: true}.measure()
}

// besideForks counts the clones that failed with EBUSY, and the waits of the others.
func besideForks(path string, options ...exeseal.Option) func() ([][]float64, error) {
	return func() (series [][]float64, err error) {
		busy, waits := 0.0, 0.0
		whileForking(func() {
			for i := 0; i < clonesBesideForks && err == nil; i++ {
				var report exeseal.Report
				err = ownClone(path, append(options, exeseal.WithReport(&report))...)
				if errors.Is(err, syscall.EBUSY) {
					busy++
					err = nil
				}
				waits += float64(report.Retries)
			}
		})
		return [][]float64{{busy}, {waits}}, err
	}
}
