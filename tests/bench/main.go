// SPDX-License-Identifier: MIT

//go:build linux

// Bench compares exeseal with other programs, and with the least work that the machine needs for
// the same. tests/bench/run prepares the files. Bench prints JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"time"
)

// Figures has all rows of one run.
type Figures struct {
	Machine Machine `json:"machine"`
	Short   bool    `json:"short"`
	Seconds float64 `json:"seconds"`
	Rows    []Row   `json:"rows"`
}

// group is a group of rows that --only can select.
type group struct {
	name       string
	measure    func() []Row
	isOrdinary bool // also measured as an ordinary user
}

var groups = []group{
	{"clone", cloneRows, true},
	{"start", startRows, false},
	{"run", containerRows, false},
	{"tool", toolRows, false},
	{"reexec", reexecRows, true},
	{"at-once", atOnceRows, false},
	{"memory", memoryRows, false},
	{"latency", latencyRows, false},
	{"hog", hogRows, false},
	{"forks", forkRows, false},
	{"pauses", pauseRows, false},
}

var (
	directory = flag.String("directory", "", "the directory that tests/bench/run has prepared")
	only      = flag.String("only", "", "one `GROUP` of rows")
	version   = flag.String("version", "", "the version of exeseal")
	isShort   = flag.Bool("short", false, "measure for one minute instead of ten")
	worker    = flag.String("worker", "", "be a helper process of the benchmark")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	debug.SetGCPercent(-1) // this program allocates little
	if *worker != "" {
		work(*worker)
		return
	}
	begin := time.Now()
	figures := Figures{Machine: machine(), Short: *isShort, Rows: measured()}
	figures.Seconds = rounded(time.Since(begin).Seconds())
	print(figures)
}

// work runs a helper process: as another user, in its own memory cgroup, or on its own processor.
func work(name string) {
	switch name {
	case "rows":
		print(measured())
	case "fifty":
		print(fifty(flag.Arg(0), flag.Arg(1)))
	case "beside-hog":
		print(besideHog(flag.Arg(0)))
	default:
		spin()
	}
}

// measured returns the rows of the selected groups, as this user and then as an ordinary user.
func measured() []Row {
	rows := []Row{}
	isRoot := os.Geteuid() == 0
	for _, g := range groups {
		if (*only != "" && g.name != *only) || (!isRoot && !g.isOrdinary) {
			continue
		}
		begin := time.Now()
		rows = append(rows, g.measure()...)
		fmt.Fprintf(os.Stderr, "%s, %s: %.1f s\n", g.name, user(), time.Since(begin).Seconds())
	}
	if isRoot {
		var ordinary []Row
		if err := helper(&ordinary, asNobody, "-worker", "rows"); err != nil {
			ordinary = []Row{{Group: "clone", Name: "an ordinary user's clones", Unit: "ms", Skipped: err.Error()}}
		}
		rows = append(rows, ordinary...)
	}
	return rows
}

// budget returns the time for a row that has this many seconds in a full run.
func budget(seconds float64) time.Duration {
	if *isShort {
		seconds /= 10
	}
	return time.Duration(seconds * float64(time.Second))
}

// rounds returns the number for a full or a short run.
func rounds(full, short int) int {
	if *isShort {
		return short
	}
	return full
}

func print(value any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(value); err != nil {
		log.Fatal(err)
	}
}
