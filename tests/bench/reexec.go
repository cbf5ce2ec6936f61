// SPDX-License-Identifier: MIT
// Measures programs that seal themselves: their first start, and one that finds them sealed.

//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/exeseal"
)

const (
	copies    = "copies itself"
	findsSeal = "finds itself sealed"
	without   = "does not look"
)

// subject is a program that inspects itself first. It only has to end afterwards.
type subject struct {
	name, file, without string
	arguments           []string
	environment         string
}

// All have the same size. tests/peers says which of them copies itself, and when it does not.
var subjects = []subject{
	{name: "Go, with go/reexec", file: "sealed", without: "plain"},
	{name: "runc 1.1's constructor, runc init", file: "runc", arguments: []string{"init"}, environment: "_LIBCONTAINER_INITPIPE=200"},
	{name: "pentacle 1.1", file: "pentacle"},
}

func reexecRows() []Row {
	rows := []Row{}
	for _, s := range subjects {
		rows = append(rows, s.row())
	}
	if os.Geteuid() == 0 {
		rows = append(rows, grownRow(), memoryTakenRow())
	}
	return rows
}

func (s subject) row() Row {
	path := prepared("starters/" + s.file)
	row := Row{Group: "reexec", Name: s.name, User: user(), Bytes: size(path), Unit: "ms"}
	if row.Bytes == 0 {
		row.Skipped = "not installed, or another version"
		return row
	}
	if name, value, ok := strings.Cut(s.environment, "="); ok {
		os.Setenv(name, value)
		defer os.Unsetenv(name)
	}
	argv := append([]string{path}, s.arguments...)
	contestants := []contestant{
		startOf(findsSeal, argv, func() (*os.File, error) { return exeseal.ClonePath(path, copied) }),
		startOf(copies, argv, opened(path)),
		skipped(without, "it always looks"),
	}
	if s.without != "" {
		contestants[2] = startOf(without, argv, opened(prepared("starters/"+s.without)))
	}
	return plan{rows: []Row{row}, contestants: contestants, least: 5, most: 200, budget: budget(4), pairs: []pair{{copies, findsSeal}}}.measure()[0]
}

// grownRow measures how much larger a Go program becomes that already uses cgo.
func grownRow() Row {
	return fixedRow("size of the program", "kB", map[string]float64{
		without: float64(size(prepared("built/plain"))) / 1e3, copies: float64(size(prepared("built/sealed"))) / 1e3})
}

// memoryTakenRow measures the memory that the copy holds while the program runs.
func memoryTakenRow() Row {
	blocks, err := blocksOfSelf(prepared("starters/sealed"))
	if err != nil {
		return Row{Group: "reexec", Name: "memory of the copy", Unit: "MB", Skipped: err.Error()}
	}
	return fixedRow("memory of the copy", "MB", map[string]float64{without: 0, copies: float64(blocks) / 1e6})
}

func fixedRow(name, unit string, values map[string]float64) Row {
	constant := func(of string) contestant {
		return contestant{name: of, sample: timing(func() (float64, error) { return values[of], nil })}
	}
	return plan{rows: []Row{{Group: "reexec", Name: name, Unit: unit}}, contestants: []contestant{constant(without), constant(copies)},
		most: 1, least: 1, beside: &Difference{Of: copies, Beside: []string{without}}}.measure()[0]
}

// blocksOfSelf makes the program print its file, which must be a memfd.
func blocksOfSelf(path string) (int64, error) {
	output, err := exec.Command(path, "say").Output()
	if err != nil {
		return 0, err
	}
	bytes, link, _ := strings.Cut(string(output), " ")
	if !strings.HasPrefix(link, "/memfd:") {
		return 0, fmt.Errorf("it runs from %s", strings.TrimSpace(link))
	}
	return strconv.ParseInt(bytes, 10, 64)
}
