// SPDX-License-Identifier: MIT

//go:build linux

// Containers is /sbin/init of a guest like nerdbox's: the first process, on a root file system that
// contains only this program and empty mount points. It gets its runtime in three ways, seals it,
// and drives it with the released go-runc through the whole life of two containers.
package main

import (
	"fmt"

	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
	"golang.org/x/sys/unix"
)

func main() {
	mountAll()
	reaper := startReaper()
	results := vm.OpenResults()
	for _, way := range ways {
		results.Add(program(way.name, func(c *checks) { life(c, reaper, way) }))
	}
	results.Add(program("attack", func(c *checks) { attack(c, reaper) }))
	fmt.Println(vm.ClosingLine)
	vm.PowerOff()
}

// mountAll mounts the same file systems as vminitd. The containers' root file system is a disk, and
// besides / the only place that allows execution.
func mountAll() {
	const guarded = unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NODEV
	vm.Mount("proc", "/proc", "proc", guarded, "")
	vm.Mount("sys", "/sys", "sysfs", guarded, "")
	vm.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", guarded, "")
	for _, directory := range []string{"/run", "/tmp", "/etc"} {
		vm.Mount("tmpfs", directory, "tmpfs", guarded, "")
	}
	vm.Mount(vm.WaitForDisk("rootfs"), rootfs, "erofs", unix.MS_RDONLY, "")
}
