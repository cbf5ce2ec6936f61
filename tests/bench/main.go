// SPDX-License-Identifier: MIT

//go:build linux

// Bench compares exeseal with its peers, and with the least that the machine needs for the same. tests/bench/run prepares what it measures. It prints
// JSON.
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

// Figures are all rows of one run.
type Figures struct {
	Machine Machine `json:"machine"`
	Short   bool    `json:"short"`
	Seconds float64 `json:"seconds"`
	Rows    []Row   `json:"rows"`
}

// group is what --only names.
type group struct {
	name       string
	measure    func() []Row
	isOrdinary bool // measured as an ordinary user too
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
	directory = flag.String("directory", "", "what tests/bench/run has prepared")
	only      = flag.String("only", "", "one `GROUP` of rows")
	version   = flag.String("version", "", "of exeseal")
	isShort   = flag.Bool("short", false, "take a minute, not ten")
	worker    = flag.String("worker", "", "be a helper process of the benchmark")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	debug.SetGCPercent(-1) // nothing here allocates much
	if *worker != "" {
		work(*worker)
		return
	}
	begin := time.Now()
	figures := Figures{Machine: machine(), Short: *isShort, Rows: measured()}
	figures.Seconds = rounded(time.Since(begin).Seconds())
	print(figures)
}

// work is what a helper process does: for a user of its own, in a memory cgroup of its own, or on a processor of its own.
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

// measured are the rows of the groups that are wanted, as this user and then as an ordinary one.
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

// budget is the time for a row that has this many seconds in a full run.
func budget(seconds float64) time.Duration {
	if *isShort {
		seconds /= 10
	}
	return time.Duration(seconds * float64(time.Second))
}

// rounds is how many a full run or a short one has.
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
