// SPDX-License-Identifier: MIT

//go:build linux

// Bench measures `runc run` of a small container started by path, from one shared sealed descriptor, and with a fresh clone for each start: in turn,
// in one run, so that the three can be compared. Then clones of that runc and of other files by memfd, by tmpfs and as a view, in turn as well, by root
// and by an ordinary user. It prints JSON.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

const (
	shared   = "shared-runc"
	perStart = "fresh-runc"
)

// Figures are medians, in milliseconds.
type Figures struct {
	Runtime    string  `json:"runtime"`
	Bytes      int64   `json:"bytes"`
	Runs       int     `json:"runs"`
	ByPath     float64 `json:"run_by_path_ms"`
	Shared     float64 `json:"run_shared_ms"`
	PerStart   float64 `json:"run_per_start_ms"`
	Clone      float64 `json:"clone_ms"`
	SharedCost float64 `json:"shared_to_path"`
	FreshCost  float64 `json:"per_start_to_path"`

	Clones []Clones `json:"clones"`
	Reexec Reexec   `json:"reexec"`
}

func median(times []float64) float64 {
	sort.Float64s(times)
	return times[len(times)/2]
}

func milliseconds(do func() error) float64 {
	start := time.Now()
	if err := do(); err != nil {
		log.Fatal(err)
	}
	return float64(time.Since(start).Microseconds()) / 1000
}

func number(text string) int {
	runs, err := strconv.Atoi(text)
	if err != nil || runs < 1 {
		log.Fatal("RUNS is a number above 0")
	}
	return runs
}

func main() {
	switch {
	case len(os.Args) > 3 && os.Args[1] == "clones":
		printClones(number(os.Args[2]), os.Args[3:])
	case len(os.Args) == 4 && os.Args[1] == "starts":
		printStarts(number(os.Args[2]), os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "reexec":
		print(measureReexec(number(os.Args[2]), os.Args[3]))
	case len(os.Args) > 5:
		print(measure(os.Args[1], os.Args[2], os.Args[3], number(os.Args[4]), os.Args[5], os.Args[6:]))
	default:
		log.Fatal("usage: bench RUNTIME BUNDLE ROOT RUNS DIRECTORY [FILE...] | bench reexec RUNS DIRECTORY")
	}
}

// measure takes the programs that copy themselves from the directory.
func measure(path, bundle, root string, runs int, directory string, more []string) Figures {
	clone := func() (*os.File, error) { return exeseal.ClonePath(path) }
	sealed, err := clone()
	if err != nil {
		log.Fatal(err)
	}
	runc.Monitor = gorunc.Monitor(runc.Monitor, shared, gorunc.Shared(sealed))
	runc.Monitor = gorunc.Monitor(runc.Monitor, perStart, gorunc.PerStart(clone))

	commands := []string{path, shared, perStart}
	times := make([][]float64, len(commands))
	var clones []float64
	for i := 0; i < runs; i++ {
		for c, command := range commands {
			runtime := &runc.Runc{Command: command, Root: root}
			id := fmt.Sprintf("bench-%d-%d-%d", os.Getpid(), i, c)
			times[c] = append(times[c], milliseconds(func() error {
				_, err := runtime.Run(context.Background(), id, bundle, &runc.CreateOpts{})
				return err
			}))
		}
		clones = append(clones, milliseconds(func() error {
			f, err := clone()
			if err == nil {
				f.Close()
			}
			return err
		}))
	}
	info, err := sealed.Stat()
	if err != nil {
		log.Fatal(err)
	}
	figures := Figures{Runtime: path, Bytes: info.Size(), Runs: runs, ByPath: median(times[0]), Shared: median(times[1]),
		PerStart: median(times[2]), Clone: median(clones)}
	figures.SharedCost, figures.FreshCost = figures.Shared/figures.ByPath, figures.PerStart/figures.ByPath
	files := append([]string{path}, more...)
	figures.Clones = clonesAs(0, runs, files) // who else may not mount
	figures.Reexec = measureReexec(runs, directory)
	return figures
}
