// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/exeseal/exeseal/go/exeseal"
)

// nobody is the ordinary user. It belongs to no user of the system.
const nobody = 65534

// Clones are medians, in milliseconds, of clones of one file by each way in turn.
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
	{"tmpfs", exeseal.WithFast()},
	{"overlay", exeseal.WithMode(exeseal.ModeROSharedPage)},
}

// cloneOnce makes a clone in the way that is meant, and closes it.
func cloneOnce(path string, way int) float64 {
	var report exeseal.Report
	took := milliseconds(func() error {
		f, err := exeseal.ClonePath(path, ways[way].option, exeseal.WithReport(&report))
		if err == nil {
			f.Close()
		}
		return err
	})
	if report.Strategy != ways[way].strategy {
		log.Fatalf("no %s here: %v", ways[way].strategy, report)
	}
	return took
}

func measureClones(path string, runs int) Clones {
	times := make([][]float64, len(ways))
	for way := range ways {
		cloneOnce(path, way) // what is only done once
	}
	for i := 0; i < runs; i++ {
		for way := range ways {
			times[way] = append(times[way], cloneOnce(path, way))
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		log.Fatal(err)
	}
	user := "root"
	if os.Geteuid() != 0 {
		user = "an ordinary user"
	}
	c := Clones{User: user, Source: filepath.Base(path), Bytes: info.Size(), Runs: runs,
		Memfd: median(times[0]), Tmpfs: median(times[1]), View: median(times[2])}
	c.TmpfsSpeedup = c.Memfd / c.Tmpfs
	return c
}

// printClones is what this program does as an ordinary user.
func printClones(args []string) {
	runs, err := strconv.Atoi(args[0])
	if err != nil || runs < 1 {
		log.Fatal("RUNS is a number above 0")
	}
	var all []Clones
	for _, path := range args[1:] {
		all = append(all, measureClones(path, runs))
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		log.Fatal(err)
	}
}

// clonesAs measures as root, or as an ordinary user, in a process of its own.
func clonesAs(user uint32, runs int, paths []string) []Clones {
	cmd := exec.Command("/proc/self/exe", append([]string{"clones", strconv.Itoa(runs)}, paths...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		log.Fatal("clones: ", err)
	}
	var all []Clones
	if err := json.Unmarshal(output, &all); err != nil {
		log.Fatal(err)
	}
	return all
}
