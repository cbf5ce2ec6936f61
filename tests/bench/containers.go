// SPDX-License-Identifier: MIT
// Measures `runc run` and `crun run` of a container that ends at once, through go-runc.

//go:build linux

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

const (
	byPath   = "by path"
	oneClone = "one clone for all starts"
	perStart = "a fresh clone for each start"
)

func containerRows() []Row { return []Row{containerRow("runc"), containerRow("crun")} }

// containerRow gives each way of starting a command of its own, which go-runc's monitor recognizes.
func containerRow(runtime string) Row {
	path := programPath(runtime)
	row := Row{Group: "run", Name: runtime, User: user(), Bytes: size(path), Unit: "ms"}
	if row.Bytes == 0 {
		row.Skipped = "not installed"
		return row
	}
	clone := func() (*os.File, error) { return exeseal.ClonePath(path, copied) }
	sealed, err := clone()
	if err != nil {
		row.Skipped = err.Error()
		return row
	}
	defer sealed.Close()
	runc.Monitor = gorunc.Monitor(runc.Monitor, runtime+"-shared", gorunc.Shared(sealed))
	runc.Monitor = gorunc.Monitor(runc.Monitor, runtime+"-fresh", gorunc.PerStart(clone))
	contestants := []contestant{
		{name: byPath, sample: containerRun(path)},
		{name: oneClone, sample: containerRun(runtime + "-shared")},
		{name: perStart, sample: containerRun(runtime + "-fresh")},
	}
	return plan{rows: []Row{row}, contestants: contestants, least: 5, most: 200, budget: budget(15),
		pairs: []pair{{oneClone, byPath}, {perStart, byPath}}}.measure()[0]
}

func containerRun(command string) func() ([][]float64, error) {
	runtime := &runc.Runc{Command: command, Root: prepared("root")}
	number := 0
	return timed(func() error {
		number++
		_, err := runtime.Run(context.Background(), fmt.Sprintf("bench-%d-%d", os.Getpid(), number), prepared("bundle"), &runc.CreateOpts{})
		return err
	})
}
