// SPDX-License-Identifier: MIT

//go:build linux

package gorunc_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// opened is a Monitor that starts nothing. It records whether the source opened a new file for each
// command.
type opened struct {
	runc.ProcessMonitor
	source gorunc.Source
	shared *os.File
	fresh  []bool
}

func (o *opened) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	f, done, err := o.source.Open(cmd)
	if err != nil {
		return nil, err
	}
	done()
	o.fresh = append(o.fresh, f != o.shared)
	return nil, errors.New("not started")
}

func (o *opened) StartLocked(cmd *exec.Cmd) (chan runc.Exit, error) { return o.Start(cmd) }

// go-runc itself writes the arguments, with every combination of its global flags.
func TestPerStartKnowsTheCommands(t *testing.T) {
	source := gorunc.PerStart(func() (*os.File, error) { return exeseal.CloneBytes([]byte("a program")) })
	shared, _, err := source.Open(exec.Command("sealed-runtime", "state", "id"))
	must(t, "open", err)
	seen := &opened{ProcessMonitor: before, source: source, shared: shared}
	setMonitor(t, seen)
	ctx, yes := context.Background(), true
	for bits := 0; bits < 128; bits++ {
		client := &runc.Runc{Command: "sealed-runtime", Debug: bits&1 != 0, SystemdCgroup: bits&2 != 0}
		if bits&4 != 0 {
			client.Root = "run" // the values are names of commands
		}
		if bits&8 != 0 {
			client.Log = "kill"
		}
		if bits&16 != 0 {
			client.LogFormat = runc.JSON
		}
		if bits&32 != 0 {
			client.Rootless = &yes
		}
		if bits&64 != 0 {
			client.ExtraArgs = []string{"--cgroup-manager=cgroupfs", "--debug"}
		}
		for name, call := range map[string]func(){
			"fresh create":  func() { client.Create(ctx, "id", "bundle", nil) },
			"fresh run":     func() { client.Run(ctx, "id", "bundle", nil) },
			"fresh exec":    func() { client.Exec(ctx, "id", specs.Process{}, nil) },
			"fresh restore": func() { client.Restore(ctx, "id", "bundle", nil) },
			"start":         func() { client.Start(ctx, "id") },
			"state":         func() { client.State(ctx, "id") },
			"list":          func() { client.List(ctx) },
			"kill":          func() { client.Kill(ctx, "id", 9, nil) },
			"delete":        func() { client.Delete(ctx, "id", nil) },
			"pause":         func() { client.Pause(ctx, "id") },
			"resume":        func() { client.Resume(ctx, "id") },
			"ps":            func() { client.Ps(ctx, "id") },
			"events":        func() { client.Stats(ctx, "id") },
			"update":        func() { client.Update(ctx, "id", &specs.LinuxResources{}) },
			"checkpoint":    func() { client.Checkpoint(ctx, "id", &runc.CheckpointOpts{}) },
			"features":      func() { client.Features(ctx) },
			"--version":     func() { client.Version(ctx) },
		} {
			seen.fresh = nil
			call()
			if len(seen.fresh) != 1 || seen.fresh[0] != strings.HasPrefix(name, "fresh ") {
				t.Errorf("flags %07b, %s: %v", bits, name, seen.fresh)
			}
		}
	}
}
