// SPDX-License-Identifier: MIT

// Command runtime enters a container as runc did until CVE-2019-5736: "enter PID" joins the mount
// and PID namespaces of that process and executes itself there as "init", which runs until its
// input ends. With tag sealed it imports go/reexec.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "enter":
		err = enter(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "init":
		_, err = io.Copy(io.Discard, os.Stdin)
	default:
		err = fmt.Errorf("arguments: enter PID | init")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "runtime:", err)
		os.Exit(1)
	}
}

func enter(pid string) error {
	runtime.LockOSThread()
	pids, err := os.Open("/proc/" + pid + "/ns/pid")
	if err != nil {
		return err
	}
	mounts, err := os.Open("/proc/" + pid + "/ns/mnt")
	if err == nil {
		// a thread that shares its root directory cannot change mount namespaces
		err = unix.Unshare(unix.CLONE_FS)
	}
	if err == nil {
		err = unix.Setns(int(pids.Fd()), unix.CLONE_NEWPID)
	}
	if err == nil {
		err = unix.Setns(int(mounts.Fd()), unix.CLONE_NEWNS)
	}
	if err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe", "init")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	return child.Run()
}
