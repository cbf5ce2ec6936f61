// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

// This file makes detached mounts, like lib/base/mount.cc.

// setting is an option of a file system: a text, or a descriptor if the text is "".
type setting struct {
	key, text string
	fd        int
}

const (
	setString   = 1 // FSCONFIG_SET_STRING
	setFD       = 5 // FSCONFIG_SET_FD
	createMount = 6 // FSCONFIG_CMD_CREATE
)

// mountDetached mounts a file system read-only and returns a descriptor of its root.
func mountDetached(kind string, settings ...setting) (int, error) {
	context, err := fsopen(kind)
	if err == nil {
		context, err = descriptor.AboveStandard(context)
	}
	if err != nil {
		return -1, err
	}
	defer unix.Close(context)
	for _, s := range settings {
		if s.text != "" {
			err = configure(context, setString, s.key, s.text, 0)
		} else {
			err = configure(context, setFD, s.key, "", s.fd)
			// fsconfig(2) rejects O_PATH before Linux 6.13, and any descriptor before 6.5
			if err == unix.EBADF || err == unix.EOPNOTSUPP {
				err = unix.EINVAL
			}
		}
		if err != nil {
			return -1, err
		}
	}
	if err = configure(context, createMount, "", "", 0); err != nil {
		return -1, err
	}
	const attributes = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	root, err := restartNumber(func() (uintptr, uintptr, unix.Errno) {
		return unix.Syscall(unix.SYS_FSMOUNT, uintptr(context), unix.FSMOUNT_CLOEXEC, attributes)
	})
	if err != nil {
		return -1, err
	}
	return descriptor.AboveStandard(root)
}

// configure calls fsconfig(2). An empty key or text is NULL.
func configure(context, command int, key, text string, fd int) error {
	keyPointer, err := pointerTo(key)
	if err != nil {
		return err
	}
	textPointer, err := pointerTo(text)
	if err != nil {
		return err
	}
	_, err = restartNumber(func() (uintptr, uintptr, unix.Errno) {
		return unix.Syscall6(unix.SYS_FSCONFIG, uintptr(context), uintptr(command), uintptr(unsafe.Pointer(keyPointer)),
			uintptr(unsafe.Pointer(textPointer)), uintptr(fd), 0)
	})
	return err
}

func pointerTo(text string) (*byte, error) {
	if text == "" {
		return nil, nil
	}
	return unix.BytePtrFromString(text)
}
