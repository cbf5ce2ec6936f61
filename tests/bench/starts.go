// SPDX-License-Identifier: MIT
// Measures a program from start to end: from its file, and sealed in small and in huge pages.

//go:build linux

package main

import (
	"os"

	"github.com/exeseal/exeseal/go/exeseal"
)

const fromFile = "from its file"

var programs = []struct {
	name      string
	arguments []string
}{
	{"runc", []string{"--version"}},
	{"crun", []string{"--version"}},
	{"go", []string{"version"}},
	{"node", []string{"--version"}},
}

// programPath returns the path of a program of the machine, which may not exist.
func programPath(name string) string { return prepared("programs/" + name) }

func startRows() []Row {
	rows := []Row{}
	for _, program := range programs {
		row := Row{Group: "start", Name: program.name, User: user(), Bytes: size(programPath(program.name)), Unit: "ms"}
		if row.Bytes == 0 {
			row.Skipped = "not installed"
			rows = append(rows, row)
			continue
		}
		rows = append(rows, startRow(row, programPath(program.name), append([]string{program.name}, program.arguments...)))
	}
	return rows
}

func startRow(row Row, path string, argv []string) Row {
	contestants := []contestant{
		startOf(fromFile, argv, func() (*os.File, error) { return os.Open(path) }),
		startOf(smallPages, argv, func() (*os.File, error) { return exeseal.ClonePath(path, copied, exeseal.WithSmallPages()) }),
		startOf(hugePages, argv, func() (*os.File, error) { return exeseal.ClonePath(path, copied, exeseal.WithHugePages()) }),
	}
	return plan{rows: []Row{row}, contestants: contestants, least: 5, most: 400, budget: budget(6),
		pairs: []pair{{smallPages, fromFile}, {hugePages, fromFile}, {hugePages, smallPages}}}.measure()[0]
}

func startOf(name string, argv []string, open func() (*os.File, error)) contestant {
	file, err := open()
	if err != nil {
		return skipped(name, reason(err))
	}
	return contestant{name: name, sample: timing(func() (float64, error) { return start(file, argv...) })}
}
