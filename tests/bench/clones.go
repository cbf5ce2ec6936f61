// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// Clones are medians, in milliseconds, of clones of one file by each way in turn; 0 where a way is not available to this user.
type Clones struct {
	User         string  `json:"user"`
	Source       string  `json:"source"`
	Bytes        int64   `json:"bytes"`
	Runs         int     `json:"runs"`
	Memfd        float64 `json:"memfd_ms"`
	Tmpfs        float64 `json:"tmpfs_ms"`
	View         float64 `json:"view_ms"`
	TmpfsSpeedup float64 `json:"tmpfs_times_as_fast"`
}

var ways = []struct {
	strategy string
	option   exeseal.Option
}{
	{"memfd", exeseal.WithMode(exeseal.ModeIndependentDataCopy)},
	{"tmpfs", exeseal.WithMode(exeseal.ModeIndependentDataCopy)}, // where memfds are refused
	{"overlay", exeseal.WithMode(exeseal.ModeROSharedPage)},
}

// cloneOnce makes a clone in the way that is meant, and closes it.
func cloneOnce(path string, way int) float64 {
	var report exeseal.Report
	var took float64
	clone := func() {
		took = milliseconds(func() error {
			f, err := exeseal.ClonePath(path, ways[way].option, exeseal.WithReport(&report))
			if err == nil {
				f.Close()
			}
			return err
		})
	}
	if ways[way].strategy != "tmpfs" {
		clone()
	} else if err := filtered.Call(unix.SYS_MEMFD_CREATE, unix.EPERM, clone); err != nil {
		log.Fatal(err)
	}
	if report.Strategy != ways[way].strategy {
		log.Fatalf("no %s here: %v", ways[way].strategy, report)
	}
	return took
}

func measureClones(path string, runs int) Clones {
	times := make([][]float64, len(ways))
	for way := range ways {
		if _, err := exeseal.Probe(ways[way].strategy); err != nil {
			continue // an ordinary user mounts nothing
		}
		times[way] = []float64{}
		cloneOnce(path, way) // what is only done once
	}
	for i := 0; i < runs; i++ {
		for way := range ways {
			if times[way] == nil {
				continue
			}
			times[way] = append(times[way], cloneOnce(path, way))
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		log.Fatal(err)
	}
	c := Clones{User: user(), Source: filepath.Base(path), Bytes: info.Size(), Runs: runs, Memfd: median(times[0])}
	if times[1] != nil && times[2] != nil {
		c.Tmpfs, c.View = median(times[1]), median(times[2])
		c.TmpfsSpeedup = c.Memfd / c.Tmpfs
	}
	return c
}

// printClones is what this program does as each user.
func printClones(runs int, paths []string) {
	var all []Clones
	for _, path := range paths {
		all = append(all, measureClones(path, runs))
	}
	print(all)
}

// clonesAs measures as root, or as an ordinary user, in a process of its own.
func clonesAs(id uint32, runs int, paths []string) []Clones {
	var all []Clones
	if err := json.Unmarshal(runAs(id, append([]string{"clones", strconv.Itoa(runs)}, paths...)...), &all); err != nil {
		log.Fatal(err)
	}
	return all
}
