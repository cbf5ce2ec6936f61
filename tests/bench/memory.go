// SPDX-License-Identifier: MIT
// Measures the memory of 50 clones as the memory cgroup, stat(2) and smaps count it.

//go:build linux

package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

const clonesHeld = 50

func memoryRows() []Row {
	path := programPath("runc")
	rows := []Row{}
	for _, name := range []string{"cgroup charge", "st_blocks", "mapped by huge pages"} {
		rows = append(rows, Row{Group: "memory", Name: name, User: user(), Bytes: size(path), Unit: "MB"})
	}
	cgroup, done, err := memoryCgroup()
	if err != nil {
		for i := range rows {
			rows[i].Skipped = err.Error()
		}
		return rows
	}
	defer done()
	held := func(pages string) func() ([][]float64, error) {
		return func() (series [][]float64, err error) {
			err = helper(&series, within(cgroup), "-worker", "fifty", cgroup, pages)
			return series, err
		}
	}
	return plan{rows: rows, contestants: []contestant{{name: smallPages, sample: held("small")}, {name: hugePages, sample: held("huge")}},
		least: 1, most: 5, budget: budget(6), pairs: []pair{{hugePages, smallPages}}}.measure()
}

// memoryCgroup makes a memory cgroup: of version 2 if the controller is available, otherwise of
// version 1, which it mounts.
func memoryCgroup() (string, func(), error) {
	root, unmount := "/sys/fs/cgroup", func() {}
	if controllers, err := os.ReadFile(root + "/cgroup.subtree_control"); err != nil || !strings.Contains(string(controllers), "memory") {
		root = prepared("memory-cgroup")
		if err := os.MkdirAll(root, 0o755); err != nil {
			return "", nil, err
		}
		if err := unix.Mount("cgroup", root, "cgroup", 0, "memory"); err != nil {
			return "", nil, fmt.Errorf("no memory cgroup: %w", err)
		}
		unmount = func() { _ = unix.Unmount(root, 0) }
	}
	group := filepath.Join(root, fmt.Sprintf("exeseal-bench-%d", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		unmount()
		return "", nil, fmt.Errorf("no memory cgroup: %w", err)
	}
	return group, func() { _ = os.Remove(group); unmount() }, nil
}

// within starts a helper through a shell that first enters the group.
func within(group string) func(*exec.Cmd) {
	return under("sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, group)
}

// fifty holds the clones and returns the rows' values, in MB.
func fifty(cgroup, pages string) [][]float64 {
	options := []exeseal.Option{copied, exeseal.WithHugePages()}
	if pages == "small" {
		options[1] = exeseal.WithSmallPages()
	}
	before := charge(cgroup)
	clones := make([]*os.File, clonesHeld)
	blocks := int64(0)
	for i := range clones {
		sealed, err := exeseal.ClonePath(programPath("runc"), options...)
		if err != nil {
			log.Fatal(err)
		}
		info, err := sealed.Stat()
		if err != nil {
			log.Fatal(err)
		}
		clones[i] = sealed
		blocks += info.Sys().(*syscall.Stat_t).Blocks
	}
	charged := charge(cgroup) - before
	return [][]float64{{float64(charged) / 1e6}, {float64(blocks) * 512 / 1e6}, {float64(mappedHuge(clones)) / 1e6}}
}

func charge(cgroup string) int64 {
	for _, name := range []string{"memory.current", "memory.usage_in_bytes"} {
		if text, err := os.ReadFile(filepath.Join(cgroup, name)); err == nil {
			bytes, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			return bytes
		}
	}
	log.Fatal("no memory.current in ", cgroup)
	return 0
}

// mappedHuge maps all clones at the same time, at addresses where huge pages can be mapped, and
// touches their pages.
func mappedHuge(clones []*os.File) int64 {
	const huge = 2 << 20
	for _, clone := range clones {
		length := uintptr(size(programPath("runc")))
		area, err := unix.MmapPtr(-1, 0, nil, length+huge, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
		if err != nil {
			log.Fatal(err)
		}
		offset := (huge - uintptr(area)%huge) % huge
		if _, err := unix.MmapPtr(int(clone.Fd()), 0, unsafe.Add(area, offset), length, unix.PROT_READ,
			unix.MAP_SHARED|unix.MAP_FIXED|unix.MAP_POPULATE); err != nil {
			log.Fatal(err)
		}
	}
	return inSmaps("ShmemPmdMapped:") * 1024
}

// inSmaps sums a field, in kB.
func inSmaps(field string) int64 {
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	sum := int64(0)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == field {
			kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
			sum += kilobytes
		}
	}
	return sum
}
