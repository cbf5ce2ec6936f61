// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/containerd/go-runc"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	rootfs   = "/run/rootfs"    // for all containers
	patience = 15 * time.Minute // longer than the attacker's limit
)

var background = context.Background()

// newClient returns a client of the runtime that runc.Monitor makes of the command.
func newClient(command, name string, options ...string) *runc.Runc {
	return &runc.Runc{Command: command, Root: "/run/state/" + name, Log: "/run/" + name + ".log", LogFormat: runc.JSON, Debug: true,
		PdeathSignal: unix.SIGKILL, ExtraArgs: options}
}

// runtimeOptions are the options that the embedded runtime requires.
func runtimeOptions() []string {
	if os.Getenv("exeseal_runtime") == "crun" {
		return []string{"--cgroup-manager=cgroupfs"}
	}
	return nil
}

// container is one that create has made.
type container struct {
	client *runc.Runc
	id     string
	pid    int
	output *bufio.Reader
}

func create(client *runc.Runc, id string, capabilities []string, command ...string) (*container, error) {
	bundle := filepath.Join("/run/bundles", filepath.Base(client.Root), id)
	if err := writeBundle(bundle, capabilities, command); err != nil {
		return nil, err
	}
	pipes, err := runc.NewPipeIO(0, 0)
	if err != nil {
		return nil, err
	}
	pidFile := filepath.Join(bundle, "pid")
	if err := client.Create(background, id, bundle, &runc.CreateOpts{IO: pipes, PidFile: pidFile, NoPivot: false}); err != nil {
		return nil, err
	}
	pid, err := runc.ReadPidFile(pidFile)
	return &container{client, id, pid, bufio.NewReader(pipes.Stdout())}, err
}

func process(capabilities []string, command ...string) specs.Process {
	return specs.Process{
		Args: command, Env: []string{"PATH=/bin"}, Cwd: "/",
		Capabilities: &specs.LinuxCapabilities{Bounding: capabilities, Effective: capabilities, Permitted: capabilities},
	}
}

func writeBundle(directory string, capabilities, command []string) error {
	process := process(capabilities, command...)
	spec := specs.Spec{
		Version: "1.0.2", // Debian's crun supports nothing newer
		Process: &process,
		Root:    &specs.Root{Path: rootfs, Readonly: true},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "mode=755", "size=64k"}},
		},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: "pid"}, {Type: "ipc"}, {Type: "uts"}, {Type: "mount"}}},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, "config.json"), text, 0600)
}

// line returns the next line that the container prints.
func (c *container) line() (string, error) {
	type said struct {
		text string
		err  error
	}
	next := make(chan said, 1)
	go func() {
		text, err := c.output.ReadString('\n')
		next <- said{strings.TrimSpace(text), err}
	}()
	select {
	case said := <-next:
		return said.text, said.err
	case <-time.After(patience):
		return "", errors.New("the container says nothing")
	}
}

func (c *container) says(want string) error {
	text, err := c.line()
	return errors.Join(err, is(text, want))
}

func (c *container) hasState(want string) error {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		state, err := c.client.State(background, c.id)
		if err != nil || state.Status == want || time.Now().After(end) {
			return errors.Join(err, is(state.Status, want))
		}
	}
}

// exec runs a command in the container and returns its output and exit code.
func (c *container) exec(capabilities []string, command ...string) (string, int, error) {
	pipes, err := runc.NewPipeIO(0, 0)
	if err != nil {
		return "", -1, err
	}
	defer pipes.Close()
	err = c.client.Exec(background, c.id, process(capabilities, command...), &runc.ExecOpts{IO: pipes})
	var exit *runc.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", -1, err
	}
	text, err := io.ReadAll(pipes.Stdout())
	if exit == nil {
		return string(text), 0, err
	}
	return string(text), exit.Status, err
}

func (c *container) execSays(want string, code int, command ...string) error {
	text, got, err := c.exec(nil, command...)
	if err == nil && (text != want || got != code) {
		err = fmt.Errorf("%q and exit code %d, and not %q and %d", text, got, want, code)
	}
	return err
}
