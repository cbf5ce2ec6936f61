// SPDX-License-Identifier: MIT
// Starts the benchmark's helper processes: another user, another processor, load.

//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// nobody is the ordinary user. It belongs to no user of the system.
const nobody = 65534

func user() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "an ordinary user"
}

func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// self returns the command line of this program with the same flags and more arguments.
func self(arguments ...string) []string {
	flags := []string{"/proc/self/exe", "-directory", *directory, "-only", *only, fmt.Sprintf("-short=%t", *isShort)}
	return append(flags, arguments...)
}

// helper runs this program again and reads the value that it prints.
func helper(value any, change func(*exec.Cmd), arguments ...string) error {
	line := self(arguments...)
	cmd := exec.Command(line[0], line[1:]...)
	change(cmd)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(output, value)
}

// under makes another command start the helper, such as taskset(1).
func under(command ...string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		executable, err := os.Executable()
		if err != nil {
			log.Fatal(err)
		}
		cmd.Args = append(append(command, executable), cmd.Args[1:]...)
		cmd.Path, err = exec.LookPath(command[0])
		cmd.Err = err
	}
}

// load starts helpers that only use processors, and returns a function that ends them.
func load(count int, change func(*exec.Cmd)) (func(), error) {
	var started []*exec.Cmd
	stop := func() {
		for _, cmd := range started {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	for i := 0; i < count; i++ {
		line := self("-worker", "spin")
		cmd := exec.Command(line[0], line[1:]...)
		change(cmd)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			stop()
			return nil, err
		}
		started = append(started, cmd)
	}
	return stop, nil
}

// spin uses a processor, for a minute at most in case nobody stops it.
func spin() {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
	}
}
