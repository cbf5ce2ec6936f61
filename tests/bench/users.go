// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"syscall"
)

// nobody is the ordinary user. It belongs to no user of the system.
const nobody = 65534

func user() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "an ordinary user"
}

// runAs runs this program as root, or as an ordinary user, and returns what it prints.
func runAs(id uint32, arguments ...string) []byte {
	cmd := exec.Command("/proc/self/exe", arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		log.Fatal(arguments[0], ": ", err)
	}
	return output
}

func print(value any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		log.Fatal(err)
	}
}
