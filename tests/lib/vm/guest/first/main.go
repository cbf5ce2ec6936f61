// SPDX-License-Identifier: MIT

//go:build linux

// First is /init of the initramfs: it loads the modules, makes the erofs disk the root file system,
// and executes /sbin/init there.
package main

import (
	"os"
	"path/filepath"

	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
	"golang.org/x/sys/unix"
)

func main() {
	vm.Mount("dev", "/dev", "devtmpfs", 0, "")
	vm.Mount("sys", "/sys", "sysfs", 0, "")
	modules, _ := filepath.Glob("/modules/*.ko") // in the order of their names
	for _, module := range modules {
		load(module)
	}
	vm.Mount(vm.WaitForDisk("root"), "/root", "erofs", unix.MS_RDONLY, "")
	vm.Must("leave /sys", unix.Unmount("/sys", 0))
	vm.Must("move /dev", unix.Mount("/dev", "/root/dev", "", unix.MS_MOVE, ""))
	// The root is moved to / instead of pivoted to: the initramfs cannot be left in another way, and a
	// runtime's own pivot_root(2) works then.
	vm.Must("enter the root", unix.Chdir("/root"))
	vm.Must("move the root", unix.Mount(".", "/", "", unix.MS_MOVE, ""))
	vm.Must("chroot", unix.Chroot("."))
	vm.Must("chdir", unix.Chdir("/"))
	vm.Must("exec /sbin/init", unix.Exec("/sbin/init", []string{"/sbin/init"}, os.Environ()))
}

func load(path string) {
	file, err := os.Open(path)
	vm.Must("open "+path, err)
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != unix.EEXIST {
		vm.Must("load "+path, err)
	}
}
