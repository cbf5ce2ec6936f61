// SPDX-License-Identifier: MIT

// Command show prints what it was started with. With tag sealed it imports go/reexec, with tag
// unsealed go/reexec/orunsealed.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	_ "github.com/exeseal/exeseal/go/reexec/testdata/earlier"
	"golang.org/x/sys/unix"
)

// atInit is the program at this package's initialisation, which comes last; package earlier shows
// it at the first.
var atInit, _ = os.Readlink("/proc/self/exe")

func main() {
	if again := os.Getenv("SHOW_AGAIN"); again != "" { // executes itself again
		os.Unsetenv("SHOW_AGAIN")
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
		os.Exit(1)
	}
	if os.Getenv("SHOW_NOTHING") != "" {
		return
	}
	input := ""
	if os.Getenv("SHOW_INPUT") != "" {
		bytes, _ := io.ReadAll(os.Stdin)
		input = string(bytes)
	}
	shown := map[string]any{
		"exe":         atInit,
		"seals":       seals(),
		"arguments":   len(os.Args),
		"argv":        list(os.Args),
		"environment": list(os.Environ()),
		"pid":         os.Getpid(),
		"directory":   directory(),
		"input":       input,
		"descriptors": descriptors(),
		"status":      status(),
		"limit":       limit(),
		"hup ignored": signal.Ignored(syscall.SIGHUP),
	}
	json.NewEncoder(os.Stdout).Encode(shown)
}

func seals() int {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return -1
	}
	defer f.Close()
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return -1
	}
	return seals
}

// list returns a digest instead of a long text.
func list(texts []string) string {
	text := fmt.Sprintf("%q", texts)
	if len(text) > 1<<16 {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	}
	return text
}

func directory() string {
	directory, _ := os.Getwd()
	return directory
}

// descriptors returns the descriptors that a child of this process would inherit.
func descriptors() map[string]string {
	open := map[string]string{}
	for fd := 0; fd < 256; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			open[fmt.Sprint(fd)], _ = os.Readlink(fmt.Sprint("/proc/self/fd/", fd))
		}
	}
	return open
}

// status returns fields of the kernel's status of this thread, which is the first one.
func status() map[string]string {
	text, _ := os.ReadFile("/proc/self/status")
	fields := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, ":\t")
		switch name {
		case "Name", "Umask", "SigBlk", "SigIgn", "PPid", "CapEff", "NoNewPrivs", "Uid", "Groups":
			fields[name] = value
		}
	}
	return fields
}

// limit returns the limit of a child, because Go raises its own.
func limit() string {
	text, err := exec.Command("/bin/sh", "-c", "ulimit -Sn").Output()
	if err != nil {
		return err.Error()
	}
	return string(text)
}
