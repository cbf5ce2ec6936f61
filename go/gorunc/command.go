// SPDX-License-Identifier: MIT

package gorunc

import "strings"

// startsNothing has the commands that run no process of the runtime in a container, by their names
// in go-runc, runc and crun.
var startsNothing = map[string]bool{
	"checkpoint": true, "delete": true, "events": true, "features": true, "kill": true, "list": true, "pause": true, "ps": true, "resume": true,
	"start": true, "state": true, "update": true, "--version": true,
}

// globalFlags has the flags of runc and crun that may precede the command. The value says whether
// the next argument is the flag's value.
var globalFlags = map[string]bool{
	"--cgroup-manager": true, "--criu": true, "--debug": false, "--log": true, "--log-format": true, "--root": true, "--systemd-cgroup": false,
}

// commandOf returns the command among a runtime's arguments. It returns "" after an unknown flag,
// whose value the next argument may be.
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
