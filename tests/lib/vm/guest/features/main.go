// SPDX-License-Identifier: MIT

//go:build linux

// Features prints which of the features that exeseal uses this kernel has: one line each, with yes
// or the error. tests/lib/vm/features.py makes a page of it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	mfdExec      = 0x10
	sealExec     = 0x20
	execveCheck  = 0x10000
	setString    = 1 // of fsconfig(2)
	setFd        = 5
	create       = 6
	sealsOfPeers = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
)

func main() {
	if len(os.Args) > 1 { // to be inspected while it runs
		io.Copy(io.Discard, os.Stdin)
		return
	}
	for _, feature := range []struct {
		name  string
		probe func() error
	}{
		{"memfd_create(2): MFD_EXEC", memfdExec},
		{"fcntl(2): F_SEAL_EXEC", execSeal},
		{"sysctl vm.memfd_noexec", memfdNoexec},
		{"overlayfs by fsconfig(2) with descriptors: lowerdir+", layerByDescriptor},
		{"overlayfs over a layer that is mounted nowhere", detachedLayer},
		{"mount_setattr(2)", mountSetattr},
		{"execveat(2): AT_EXECVE_CHECK", checkOnly},
		{"a running program is ETXTBSY for writers", runningIsBusy},
		{"Landlock", landlock},
	} {
		answer := "yes"
		if err := feature.probe(); err != nil {
			answer = err.Error()
			if errno, ok := err.(unix.Errno); ok {
				answer = unix.ErrnoName(errno)
			}
		}
		fmt.Printf("%s\t%s\n", feature.name, answer)
	}
}

func errnoOf(errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

func memfdExec() error {
	fd, err := unix.MemfdCreate("feature", unix.MFD_CLOEXEC|mfdExec)
	unix.Close(fd)
	return err
}

func execSeal() error {
	fd, err := unix.MemfdCreate("feature", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, sealExec|sealsOfPeers)
	return err
}

func memfdNoexec() error {
	if _, err := os.Stat("/proc/sys/vm/memfd_noexec"); err != nil {
		return unix.ENOENT
	}
	return nil
}

func text(s string) uintptr {
	pointer, _ := unix.BytePtrFromString(s)
	return uintptr(unsafe.Pointer(pointer))
}

func fsopen(kind string) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_FSOPEN, text(kind), 1, 0)
	return int(fd), errnoOf(errno)
}

func fsconfig(context, command int, key string, value uintptr, number int) error {
	pointer := uintptr(0)
	if key != "" {
		pointer = text(key)
	}
	_, _, errno := unix.Syscall6(unix.SYS_FSCONFIG, uintptr(context), uintptr(command), pointer, value, uintptr(number), 0)
	return errnoOf(errno)
}

// layerOver mounts an overlayfs of /run and another directory, and returns the error of the first
// step that fails.
func layerOver(lower int) error {
	upper, err := unix.Open("/run", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(upper)
	context, err := fsopen("overlay")
	if err != nil {
		return err
	}
	defer unix.Close(context)
	for _, layer := range []int{upper, lower} {
		if err := fsconfig(context, setFd, "lowerdir+", 0, layer); err != nil {
			return err
		}
	}
	return fsconfig(context, create, "", 0, 0)
}

func layerByDescriptor() error {
	lower, err := unix.Open("/tmp", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(lower)
	return layerOver(lower)
}

func detachedLayer() error {
	context, err := fsopen("tmpfs")
	if err != nil {
		return err
	}
	defer unix.Close(context)
	if err := fsconfig(context, create, "", 0, 0); err != nil {
		return err
	}
	lower, _, errno := unix.Syscall(unix.SYS_FSMOUNT, uintptr(context), 1, 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(lower))
	return layerOver(int(lower))
}

func mountSetattr() error {
	_, _, errno := unix.Syscall6(unix.SYS_MOUNT_SETATTR, ^uintptr(0), text(""), unix.AT_EMPTY_PATH, 0, 0, 0)
	if errno == unix.ENOSYS {
		return errno
	}
	return nil // EINVAL: for the arguments
}

func checkOnly() error {
	program, err := unix.Open("/proc/self/exe", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(program)
	var none [1]uintptr
	list := uintptr(unsafe.Pointer(&none))
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(program), text(""), list, list, unix.AT_EMPTY_PATH|execveCheck, 0)
	return errnoOf(errno)
}

// runningIsBusy runs a copy of this program, because this program itself is on a file system that
// nobody may write to.
func runningIsBusy() error {
	const path = "/run/features"
	program, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(path, program, 0755)
	}
	if err != nil {
		return err
	}
	defer os.Remove(path)
	running := exec.Command(path, "wait")
	input, err := running.StdinPipe()
	if err == nil {
		err = running.Start()
	}
	if err != nil {
		return err
	}
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	input.Close()
	running.Wait()
	if err == unix.ETXTBSY {
		return nil
	}
	unix.Close(fd)
	return errors.Join(err, errors.New("no"))
}

func landlock() error {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	if errno != 0 {
		return errno
	}
	return fmt.Errorf("ABI %d", version)
}
