// SPDX-License-Identifier: MIT

package child

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const countOfSockets = "LISTEN_FDS"

// As in sd_listen_fds(3). LISTEN_PIDFDID is known to recent versions of systemd only.
var socketActivation = map[string]bool{countOfSockets: true, "LISTEN_PID": true, "LISTEN_FDNAMES": true, "LISTEN_PIDFDID": true}

// Environment is the Env for cmd without the variables of socket activation, unless ExtraFiles are all the descriptors that LISTEN_FDS promises. A
// runtime that believes in descriptors that it does not have hands out its own: crun does not compare LISTEN_PID. A nil Env stays nil if this process
// has no LISTEN_FDS.
func Environment(cmd *exec.Cmd) []string {
	if _, isSet := os.LookupEnv(countOfSockets); cmd.Env == nil && !isSet {
		return nil
	}
	if cmd.Env == nil {
		return withoutLostSockets(cmd.Environ(), cmd.ExtraFiles)
	}
	return withoutLostSockets(cmd.Env, cmd.ExtraFiles)
}

// withoutLostSockets decides as exeseal_environment_filter does (lib/launch/environment.cc).
func withoutLostSockets(env []string, files []*os.File) []string {
	if hasSockets(env, files) {
		return env
	}
	kept := []string{} // not nil, which would be all of this process's environment
	for _, entry := range env {
		if name, _, _ := strings.Cut(entry, "="); !socketActivation[name] {
			kept = append(kept, entry)
		}
	}
	return kept
}

// hasSockets looks at each LISTEN_FDS: if there are two, one program takes the first and another the last.
func hasSockets(env []string, files []*os.File) bool {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if name == countOfSockets && !areThere(value, files) {
			return false
		}
	}
	return true
}

// areThere is false for what is no number, and for what readers of it disagree about: signs, and zeros in front, which mean octal to systemd.
func areThere(value string, files []*os.File) bool {
	count, err := strconv.ParseUint(value, 10, 31)
	if err != nil || value[0] == '0' || count > uint64(len(files)) {
		return false
	}
	for _, f := range files[:count] {
		if f == nil { // its number is closed in the child
			return false
		}
	}
	return true
}
