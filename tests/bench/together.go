// SPDX-License-Identifier: MIT
// Measures many clones at the same time, by threads of one process.

//go:build linux

package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
)

func atOnceRows() []Row {
	rows := []Row{}
	for threads := 1; threads <= 64; threads *= 2 {
		rows = append(rows, atOnceRow(threads, programPath("runc")))
	}
	return rows
}

// atOnceRow measures the time until all clones are done, divided by their number.
func atOnceRow(threads int, path string) Row {
	row := Row{Group: "at-once", Name: fmt.Sprint(threads), User: user(), Bytes: size(path), Unit: "ms a clone"}
	if row.Bytes == 0 {
		row.Skipped = "runc is not installed"
		return row
	}
	contestants := []contestant{
		{name: cloneBinary, sample: atOnce(threads, func() error { return peerClone(path) })},
		{name: smallPages, sample: atOnce(threads, func() error { return ownClone(path, exeseal.WithSmallPages()) })},
		{name: hugePages, sample: atOnce(threads, func() error { return ownClone(path, exeseal.WithHugePages()) })},
	}
	return plan{rows: []Row{row}, contestants: contestants, least: 3, most: 100, budget: budget(5),
		pairs: []pair{{smallPages, cloneBinary}, {hugePages, cloneBinary}, {hugePages, smallPages}}}.measure()[0]
}

// ownClone makes a copy with strategy memfd and closes it.
func ownClone(path string, options ...exeseal.Option) error {
	sealed, err := exeseal.ClonePath(path, append(options, copied)...)
	if err != nil {
		return err
	}
	return sealed.Close()
}

// atOnce lets all threads begin together, so that their start is not measured.
func atOnce(threads int, clone func() error) func() ([][]float64, error) {
	return timing(func() (float64, error) {
		begin := make(chan struct{})
		failures := make([]error, threads)
		var ready, ended sync.WaitGroup
		for i := range failures {
			ready.Add(1)
			ended.Add(1)
			go func() {
				defer ended.Done()
				ready.Done()
				<-begin
				failures[i] = clone()
			}()
		}
		ready.Wait()
		since := time.Now()
		close(begin)
		ended.Wait()
		return milliseconds(time.Since(since)) / float64(threads), errors.Join(failures...)
	})
}
