// SPDX-License-Identifier: MIT

//go:build linux

// Package vm is shared by the guest's programs: mounting, disks, the end.
package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ClosingLine is the last line that a guest prints if everything went well. tests/lib/vm/boot waits
// for it.
const ClosingLine = "vm: the guest has come to its end"

// Must ends the guest unless err is nil: the first process cannot continue, and a boot without a
// closing line has failed.
func Must(what string, err error) {
	if err != nil {
		fmt.Printf("vm: %s: %v\n", what, err)
		PowerOff()
	}
}

// PowerOff does not return.
func PowerOff() {
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

// Mount mounts a file system, and makes the directory for it if possible.
func Mount(source, target, fstype string, flags uintptr, data string) {
	os.MkdirAll(target, 0755)
	Must("mount "+target, unix.Mount(source, target, fstype, flags, data))
}

// Disk returns the device that QEMU gave this serial number, or "" without one. First waits
// for the disks, so all of them exist.
func Disk(serial string) string {
	found, _ := filepath.Glob("/sys/block/vd*/serial")
	for _, path := range found {
		text, _ := os.ReadFile(path)
		if strings.TrimSpace(string(text)) == serial {
			return "/dev/" + filepath.Base(filepath.Dir(path))
		}
	}
	return ""
}

// WaitForDisk is Disk with time for the driver.
func WaitForDisk(serial string) string {
	for i := 0; i < 1000; i++ {
		if device := Disk(serial); device != "" {
			if _, err := os.Stat(device); err == nil {
				return device
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	Must("disk "+serial, os.ErrNotExist)
	return ""
}
