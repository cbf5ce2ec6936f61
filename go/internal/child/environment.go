// SPDX-License-Identifier: MIT

package child

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const countOfSockets = "LISTEN_FDS"

// The variables of sd_listen_fds(3). Only recent versions of systemd set LISTEN_PIDFDID.
var socketActivation = map[string]bool{countOfSockets: true, "LISTEN_PID": true, "LISTEN_FDNAMES": true, "LISTEN_PIDFDID": true}

// Environment returns the Env for cmd without the socket activation variables, unless ExtraFiles
// holds all descriptors that LISTEN_FDS announces. A runtime that trusts LISTEN_FDS without having
// these descriptors passes on its own: crun does not compare LISTEN_PID. If cmd.Env is nil and this
// process has no LISTEN_FDS, Environment returns nil.
func Environment(cmd *exec.Cmd) []string {
	if _, isSet := os.LookupEnv(countOfSockets); cmd.Env == nil && !isSet {
		return nil
	}
	if cmd.Env == nil {
		return withoutLostSockets(cmd.Environ(), cmd.ExtraFiles)
	}
	return withoutLostSockets(cmd.Env, cmd.ExtraFiles)
}

// withoutLostSockets has the same rule as exeseal_environment_filter (lib/launch/environment.cc).
func withoutLostSockets(env []string, files []*os.File) []string {
	if hasSockets(env, files) {
		return env
	}
	kept := []string{} // not nil, which would mean this process's environment
	for _, entry := range env {
		if name, _, _ := strings.Cut(entry, "="); !socketActivation[name] {
			kept = append(kept, entry)
		}
	}
	return kept
}

// hasSockets checks every LISTEN_FDS: if there are two, some programs use the first and others the
// last.
func hasSockets(env []string, files []*os.File) bool {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if name == countOfSockets && !areThere(value, files) {
			return false
		}
	}
	return true
}

// areThere returns false if value is not a number, or is one that programs parse in different ways:
// with a sign, or with leading zeros, which mean octal to systemd.
func areThere(value string, files []*os.File) bool {
	count, err := strconv.ParseUint(value, 10, 31)
	if err != nil || value[0] == '0' || count > uint64(len(files)) {
		return false
	}
	for _, f := range files[:count] {
		if f == nil { // this number is closed in the child
			return false
		}
	}
	return true
}
