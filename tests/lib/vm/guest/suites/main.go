// SPDX-License-Identifier: MIT

//go:build linux

// Suites is /sbin/init of the guest that runs tests: the programs in /plan.json, one after the
// other.
package main

import (
	"os"
	"os/exec"

	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "tests" {
		runPlan()
		return
	}
	mountAll()
	// systemd's value; the kernel's own maximum is 4,096
	vm.Must("limit", unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1024, Max: 524288}))
	runner := exec.Command("/sbin/init", "tests")
	runner.Stdin, runner.Stdout, runner.Stderr = os.Stdin, os.Stdout, os.Stderr
	vm.Must("start the tests", runner.Start())
	status := reapUntil(runner.Process.Pid)
	if status.ExitStatus() == 0 {
		os.Stdout.WriteString(vm.ClosingLine + "\n")
	}
	vm.PowerOff()
}

// reapUntil does the duty of the first process: orphans that tests leave are its children.
func reapUntil(pid int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		vm.Must("wait", err)
		if ended == pid && (status.Exited() || status.Signaled()) {
			return status
		}
	}
}

// mountAll makes an ordinary system of the erofs root, and mounts the extra disks at /mnt.
func mountAll() {
	vm.Mount("proc", "/proc", "proc", 0, "")
	vm.Mount("sys", "/sys", "sysfs", 0, "")
	vm.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, "")
	vm.Mount("securityfs", "/sys/kernel/security", "securityfs", 0, "")
	vm.Mount("pts", "/dev/pts", "devpts", 0, "")
	for _, directory := range []string{"/tmp", "/var/tmp", "/dev/shm"} {
		vm.Mount("tmpfs", directory, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
	}
	for _, directory := range []string{"/run", "/root", "/mnt"} {
		vm.Mount("tmpfs", directory, "tmpfs", 0, "mode=755")
	}
	for _, kind := range []string{"ext4", "btrfs", "xfs"} {
		if device := vm.Disk(kind); device != "" {
			vm.Mount(device, "/mnt/"+kind, kind, 0, "")
			vm.Must("chmod", os.Chmod("/mnt/"+kind, 01777))
		}
	}
	for link, to := range map[string]string{"/dev/fd": "/proc/self/fd", "/dev/stdin": "fd/0", "/dev/stdout": "fd/1", "/dev/stderr": "fd/2"} {
		os.Symlink(to, link)
	}
	vm.Must("hostname", unix.Sethostname([]byte("exeseal")))
	// for the test of a source on huge pages: few machines have set some aside
	vm.Must("nr_hugepages", os.WriteFile("/proc/sys/vm/nr_hugepages", []byte("4"), 0644))
}
