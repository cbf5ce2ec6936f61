// SPDX-License-Identifier: MIT
// Describes the machine on which the figures were measured.

//go:build linux

package main

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Machine has the properties that influence the figures.
type Machine struct {
	Date       string            `json:"date"`
	Kernel     string            `json:"kernel"`
	Arch       string            `json:"arch"`
	Processors int               `json:"processors"`
	Model      string            `json:"model"`
	Virtual    bool              `json:"virtual"`
	MemoryMB   uint64            `json:"memory_mb"`
	Load       string            `json:"load"`
	Versions   map[string]string `json:"versions"`
}

func machine() Machine {
	var name unix.Utsname
	var memory unix.Sysinfo_t
	_ = unix.Uname(&name)
	_ = unix.Sysinfo(&memory)
	return Machine{
		Date: time.Now().UTC().Format(time.DateOnly), Kernel: unix.ByteSliceToString(name.Release[:]), Arch: runtime.GOARCH,
		Processors: runtime.NumCPU(), Model: inCPUInfo("model name"), Virtual: strings.Contains(inCPUInfo("flags")+" ", " hypervisor "),
		MemoryMB: memory.Totalram * uint64(memory.Unit) >> 20, Load: strings.TrimSpace(read("/proc/loadavg")), Versions: versions(),
	}
}

func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// inCPUInfo returns the first value with that name.
func inCPUInfo(name string) string {
	for _, line := range strings.Split(read("/proc/cpuinfo"), "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func versions() map[string]string {
	found := map[string]string{"exeseal": *version, "go": runtime.Version()}
	for _, name := range []string{"runc", "crun", "node"} {
		if output, err := exec.Command(programPath(name), "--version").Output(); err == nil {
			line, _, _ := strings.Cut(string(output), "\n")
			found[name] = strings.TrimPrefix(line, name+" version ")
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/opencontainers/runc" {
				found["runc's CloneBinary"] = module.Version
			}
		}
	}
	return found
}
