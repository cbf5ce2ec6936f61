// SPDX-License-Identifier: MIT

package gorunc

import (
	"strings"
	"testing"
)

func TestCommandOf(t *testing.T) {
	for line, want := range map[string]string{
		"state id":  "state",
		"--version": "--version",
		"--root /run/r --debug --log /l --log-format json --systemd-cgroup --rootless=true create --bundle /b id": "create",
		"--root state create id":                 "create",
		"--root create state id":                 "state",
		"--root=/r --log=/l exec id":             "exec",
		"--cgroup-manager cgroupfs kill id KILL": "kill",
		"--criu /sbin/criu checkpoint id":        "checkpoint",
		"--log state":                            "",
		"--log":                                  "",
		"--unknown state id":                     "",
		"--rootless state id":                    "",
		"-x=1 state id":                          "",
		"-- state id":                            "",
		"":                                       "",
		"- state":                                "",
	} {
		if got := commandOf(strings.Fields(line)); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
