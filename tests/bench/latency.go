// SPDX-License-Identifier: MIT
// Measures mmap(2) and munmap(2) of a thread beside clones, and the clones beside them.

//go:build linux

package main

import (
	"os/exec"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
)

const noClones = "no clones"

const busyLoops = 4

func latencyRows() []Row {
	rows := latencyPair("idle")
	stop, err := load(busyLoops, func(*exec.Cmd) {})
	if err != nil {
		return append(rows, Row{Group: "latency", Name: "beside four busy loops", Unit: "ms", Skipped: err.Error()})
	}
	defer stop()
	return append(rows, latencyPair("beside four busy loops")...)
}

// latencyPair measures a row for the mapping thread and a row for the clones.
func latencyPair(name string) []Row {
	path := programPath("runc")
	rows := []Row{
		{Group: "latency", Name: "mmap and munmap, " + name, User: user(), Bytes: size(path), Unit: "ms"},
		{Group: "latency", Name: "clones, " + name, User: user(), Bytes: size(path), Unit: "ms"},
	}
	contestants := []contestant{
		{name: noClones, sample: func() ([][]float64, error) { return [][]float64{mapLatencies(sliceOfTime)}, nil }},
		{name: smallPages, sample: meanwhile(func() error { return ownClone(path, exeseal.WithSmallPages()) })},
		{name: hugePages, sample: meanwhile(func() error { return ownClone(path, exeseal.WithHugePages()) })},
	}
	return plan{rows: rows, contestants: contestants, least: 2, most: 100, budget: budget(20), pairs: []pair{{hugePages, smallPages}}}.measure()
}

const sliceOfTime = 250 // ms

// meanwhile makes clones, with a pause after each, as long as the other thread maps.
func meanwhile(clone func() error) func() ([][]float64, error) {
	return func() ([][]float64, error) {
		latencies := make(chan []float64)
		go func() { latencies <- mapLatencies(sliceOfTime) }()
		var took []float64
		for {
			select {
			case mapped := <-latencies:
				return [][]float64{mapped, took}, nil
			default:
			}
			series, err := timed(clone)()
			if err != nil {
				return nil, err
			}
			took = append(took, series[0]...)
			time.Sleep(time.Millisecond)
		}
	}
}
