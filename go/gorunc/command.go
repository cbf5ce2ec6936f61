// SPDX-License-Identifier: MIT

package gorunc

import "strings"

// startsNothing are the commands that run no process of the runtime in a container, by the names that go-runc, runc and crun have for them.
var startsNothing = map[string]bool{
	"checkpoint": true, "delete": true, "events": true, "features": true, "kill": true, "list": true, "pause": true, "ps": true, "resume": true,
	"start": true, "state": true, "update": true, "--version": true,
}

// globalFlags are those of runc and crun that may stand before the command, and whether the next argument is their value.
var globalFlags = map[string]bool{
	"--cgroup-manager": true, "--criu": true, "--debug": false, "--log": true, "--log-format": true, "--root": true, "--systemd-cgroup": false,
}

// commandOf finds the command among a runtime's arguments. Behind a flag that is not known there is none: the next argument may be its value.
func commandOf(args []string) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		hasValue, isKnown := globalFlags[arg]
		switch {
		case !strings.HasPrefix(arg, "-") || startsNothing[arg]:
			return arg
		case hasValue:
			i++
		case !isKnown && !(strings.HasPrefix(arg, "--") && strings.Contains(arg, "=")):
			return ""
		}
	}
	return ""
}
