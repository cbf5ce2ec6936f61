// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/gorunc"
	"golang.org/x/sys/unix"
)

// inContainer prints hello, and exits with 7 when it is told to.
const inContainer = `trap "exit 7" TERM; echo "hello from $0"; while :; do sleep 0.05; done`

// life takes two containers at the same time through their whole life, with a runtime that exists
// only in the sealed file.
func life(c *checks, reaper *reaper, way way) {
	sealed, err := way.seal()
	if !c.that("the runtime is sealed", err) {
		return
	}
	defer sealed.Close()
	c.that("its bytes are those that are embedded", hasRuntimesBytes(sealed))
	c.that("no file in the guest is a runtime", noPrograms())

	runc.Monitor = gorunc.Monitor(reaper, "sealed-runtime", gorunc.Shared(sealed))
	client := newClient("sealed-runtime", way.name, runtimeOptions()...)
	var containers []*container
	for _, id := range []string{"first", "second"} {
		container, err := create(client, id, nil, "/bin/sh", "-c", inContainer, id)
		if !c.that(id+": create", errors.Join(err, whyOf(err, client))) {
			return
		}
		containers = append(containers, container)
		c.that(id+": it is created", container.hasState("created"))
		c.that(id+": what waits in it runs from our file", runsFrom(container.pid, sealed))
	}
	for _, container := range containers {
		id := container.id
		c.that(id+": start", client.Start(background, id))
		c.that(id+": its output", container.says("hello from "+id))
		c.that(id+": it is running", container.hasState("running"))
		c.that(id+": exec, its output and exit code", container.execSays("in "+id+"\n", 3, "/bin/sh", "-c", "echo in $0; exit 3", id))
	}
	for _, container := range containers {
		id := container.id
		c.that(id+": kill", client.Kill(background, id, int(unix.SIGTERM), nil))
		status, err := reaper.status(container.pid)
		c.that(id+": its exit code", errors.Join(err, is(status, 7)))
		c.that(id+": it is stopped", container.hasState("stopped"))
		c.that(id+": delete", client.Delete(background, id, nil))
		_, err = client.State(background, id)
		c.that(id+": it is gone", is(err != nil, true))
	}
	c.that("the runtime did not copy itself", didNotClone(client))
	c.that("the sealed bytes are as they were", hasRuntimesBytes(sealed))
	c.that("still no file in the guest is a runtime", noPrograms())
}

// runsFrom inspects /proc/PID/exe: a runtime that clones itself would run from another memfd.
func runsFrom(pid int, sealed *os.File) error {
	var ours, theirs unix.Stat_t
	if err := unix.Fstat(int(sealed.Fd()), &ours); err != nil {
		return err
	}
	if err := unix.Stat(fmt.Sprintf("/proc/%d/exe", pid), &theirs); err != nil {
		return err
	}
	return errors.Join(is(theirs.Dev, ours.Dev), is(theirs.Ino, ours.Ino))
}

// didNotClone parses the output of runc with --debug. crun prints nothing about cloning, so for
// crun runsFrom is the only check.
func didNotClone(client *runc.Runc) error {
	log, err := os.ReadFile(client.Log)
	if os.Getenv("exeseal_runtime") == "crun" || err == nil && strings.Contains(string(log), "skipping binary cloning") {
		return nil
	}
	return errors.Join(err, errors.New("it does not say that it skipped that"))
}

// whyOf returns the runtime's own text about an error.
func whyOf(err error, client *runc.Runc) error {
	if err == nil {
		return nil
	}
	log, _ := os.ReadFile(client.Log)
	return errors.New(string(log))
}
