// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"embed"
	"io"
	"os"
	"strconv"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
	"golang.org/x/sys/unix"
)

//go:embed all:runtime
var files embed.FS

type way struct {
	name string
	seal func() (*os.File, error)
}

// ways are the ways to get the runtime. None leaves a file of it in the guest.
var ways = []way{
	{"embedded", fromThisProgram},
	{"stream", fromRawDisk},
	{"file", fromFileOfDisk},
}

// The name is the runtime's argv[0].
var sealing = []exeseal.Option{exeseal.WithName("runtime"), exeseal.WithRequire(exeseal.Sealed | exeseal.OwnPages | exeseal.PeerSealed)}

func fromThisProgram() (*os.File, error) {
	bytes, err := files.ReadFile("runtime/runtime")
	if err != nil {
		return nil, err
	}
	return exeseal.CloneBytes(bytes, sealing...)
}

func fromRawDisk() (*os.File, error) { return fromStream("runtime", "exeseal_runtime_size") }

// fromStream reads a disk without a file system. The disk's size is a multiple of 512, so the
// kernel's command line has the runtime's size.
func fromStream(disk, size string) (*os.File, error) {
	length, err := strconv.ParseInt(os.Getenv(size), 10, 64)
	if err != nil {
		return nil, err
	}
	device, err := os.Open(vm.WaitForDisk(disk))
	if err != nil {
		return nil, err
	}
	defer device.Close()
	return exeseal.CloneReader(io.LimitReader(device, length), sealing...)
}

// fromFileOfDisk can unmount the disk once it has sealed the file.
func fromFileOfDisk() (*os.File, error) {
	vm.Mount(vm.WaitForDisk("files"), "/mnt", "erofs", unix.MS_RDONLY, "")
	sealed, err := exeseal.ClonePath("/mnt/runtime", sealing...)
	vm.Must("unmount", unix.Unmount("/mnt", 0))
	return sealed, err
}
