// SPDX-License-Identifier: MIT

//go:build linux

package nerdbox_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/gorunc/examples/nerdbox"
)

func TestMonitor(t *testing.T) {
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	monitor, sealed, err := nerdbox.Monitor(runc.Monitor, "/no/crun", program)
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	for command, works := range map[string]bool{"/no/crun": true, "/no/runtime": false} {
		cmd := exec.Command(command, "-test.run=^$")
		exits, err := monitor.Start(cmd)
		if (err == nil) != works {
			t.Errorf("%s: %v", command, err)
		}
		if err != nil {
			continue
		}
		if status, err := monitor.Wait(cmd, exits); status != 0 || err != nil {
			t.Errorf("%s: status %d, %v", command, status, err)
		}
	}
}
