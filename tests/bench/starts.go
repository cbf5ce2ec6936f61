// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/exeseal"
)

// Starts are medians, in milliseconds, from the start of a program to its end.
type Starts struct {
	User    string  `json:"user"`
	Program string  `json:"program"`
	Bytes   int64   `json:"bytes"`
	Runs    int     `json:"runs"`
	Without float64 `json:"without_ms,omitempty"` // the program without what it copies itself with
	Sealed  float64 `json:"from_sealed_ms"`       // started from a sealed memfd, so that it has only to look
	Copying float64 `json:"copying_ms"`
	Cost    float64 `json:"copying_to_sealed"`
}

// Reexec is what a program costs that runs from a copy of itself.
type Reexec struct {
	Bytes  int64    `json:"bytes"`
	Linked int64    `json:"linked_bytes"` // by which a Go program grows that uses cgo already
	Memory int64    `json:"memory_bytes"` // while it runs
	Starts []Starts `json:"starts,omitempty"`
}

// subject is a program that looks at itself before anything else. What it does then does not matter, but that it ends.
type subject struct {
	title, file string
	arguments   []string
	environment string
	without     string
}

// All of the same size. tests/peers says who of them copies itself, and from what it does not.
var subjects = []subject{
	{title: "Go, with `go/reexec`", file: "sealed", without: "plain"},
	{title: "runc 1.1's constructor, `runc init`", file: "runc", arguments: []string{"init"},
		environment: "_LIBCONTAINER_INITPIPE=200"},
	{title: "pentacle 1.1", file: "pentacle"},
}

func (s subject) end(cmd *exec.Cmd) error {
	cmd.Env = append(os.Environ(), s.environment)
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !(errors.As(err, &ended) && ended.Exited()) {
		return err
	}
	return nil
}

func (s subject) byPath(path string) func() error {
	return func() error { return s.end(exec.Command(path, s.arguments...)) }
}

func (s subject) fromSealed(sealed *os.File) func() error {
	return func() error { return s.end(exeseal.Command(context.Background(), sealed, s.arguments...)) }
}

// series are the times of one way to start a program.
type series struct {
	start func() error
	times []float64
}

// measured is one subject in all its ways.
type measured struct {
	subject
	path                    string
	copying, sealed, absent series
}

func newMeasured(s subject, directory string) *measured {
	path := filepath.Join(directory, s.file)
	file, err := exeseal.ClonePath(path)
	if err != nil {
		log.Fatal(err)
	}
	m := &measured{subject: s, path: path}
	m.copying.start, m.sealed.start = s.byPath(path), s.fromSealed(file)
	if s.without != "" {
		m.absent.start = s.byPath(filepath.Join(directory, s.without))
	}
	return m
}

func (m *measured) result() Starts {
	r := Starts{User: user(), Program: m.title, Bytes: size(m.path), Runs: len(m.copying.times),
		Copying: median(m.copying.times), Sealed: median(m.sealed.times)}
	r.Cost = r.Copying / r.Sealed
	if m.absent.start != nil {
		r.Without = median(m.absent.times)
	}
	return r
}

// printStarts is what this program does as each user, of the programs that are there: all of them and all ways in turn.
func printStarts(runs int, directory string) {
	var programs []*measured
	for _, s := range subjects {
		if _, err := os.Stat(filepath.Join(directory, s.file)); err == nil {
			programs = append(programs, newMeasured(s, directory))
		}
	}
	for i := 0; i <= runs; i++ {
		for _, m := range programs {
			for _, way := range []*series{&m.copying, &m.sealed, &m.absent} {
				if way.start == nil {
					continue
				}
				if took := milliseconds(way.start); i > 0 { // the first is only to warm up
					way.times = append(way.times, took)
				}
			}
		}
	}
	all := []Starts{}
	for _, m := range programs {
		all = append(all, m.result())
	}
	print(all)
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		log.Fatal(err)
	}
	return info.Size()
}

// memoryOf is what the program runs from, which has to be a memfd.
func memoryOf(path string) int64 {
	output, err := exec.Command(path, "say").Output()
	if err != nil {
		log.Fatal(err)
	}
	bytes, link, _ := strings.Cut(string(output), " ")
	memory, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil || !strings.HasPrefix(link, "/memfd:") {
		log.Fatalf("%s runs from %s", path, output)
	}
	return memory
}

// measureReexec takes the programs of one size from the directory, and both Go programs as they were built from its folder "built".
func measureReexec(runs int, directory string) Reexec {
	built := filepath.Join(directory, "built")
	r := Reexec{Bytes: size(filepath.Join(directory, "sealed")), Memory: memoryOf(filepath.Join(directory, "sealed")),
		Linked: size(filepath.Join(built, "sealed")) - size(filepath.Join(built, "plain"))}
	for _, id := range []uint32{0, nobody} {
		var starts []Starts
		if err := json.Unmarshal(runAs(id, "starts", fmt.Sprint(runs), directory), &starts); err != nil {
			log.Fatal(err)
		}
		r.Starts = append(r.Starts, starts...)
	}
	return r
}
