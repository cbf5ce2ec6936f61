// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
)

// nobody is the ordinary user.
const nobody = 65534

// skipped is the exit status of a program whose tests were all skipped.
const skipped = 77

// entry is a test program, as tests/lib/vm/root.py writes it.
type entry struct {
	Suite, Name, Directory string
	Command                []string
	Environment            map[string]string
	Seconds                int
	Ordinary               bool // run as an ordinary user
}

func runPlan() {
	text, err := os.ReadFile("/plan.json")
	vm.Must("plan", err)
	var plan []entry
	vm.Must("plan", json.Unmarshal(text, &plan))
	results := vm.OpenResults()
	for _, entry := range plan {
		begin := time.Now()
		record := entry.run()
		record.Seconds = time.Since(begin).Seconds()
		fmt.Printf("%-7s %6.1f s  %s %s\n", record.Result, record.Seconds, record.User, record.Name)
		if record.Result != "OK" && record.Result != "SKIP" {
			fmt.Printf("    %s\n", strings.ReplaceAll(strings.TrimSpace(record.Output), "\n", "\n    "))
		}
		results.Add(record)
	}
}

func (e entry) run() vm.Record {
	var output bytes.Buffer
	cmd := exec.Command(e.Command[0], e.Command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = e.Directory, &output, &output
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TMPDIR=/tmp"}
	for key, value := range e.Environment {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = 5 * time.Second // for processes that still hold the output open
	result := vm.Record{Name: "exeseal:" + e.Suite + " / " + e.Name, User: "root"}
	if e.Ordinary {
		result.User = "user"
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	err := cmd.Start()
	if err == nil {
		limit := time.AfterFunc(time.Duration(e.Seconds)*time.Second, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		err = cmd.Wait()
		if !limit.Stop() {
			err = fmt.Errorf("killed after %d s", e.Seconds)
		}
	}
	result.ExitCode = cmd.ProcessState.ExitCode()
	result.Result = verdict(err, result.ExitCode)
	if result.Result == "FAIL" || result.Result == "ERROR" {
		fmt.Fprintf(&output, "\n%v\n", err)
	}
	result.Output = output.String()
	return result
}

func verdict(err error, exitCode int) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "OK"
	case exitCode == skipped:
		return "SKIP"
	case errors.As(err, &exit):
		return "FAIL"
	default:
		return "ERROR"
	}
}
