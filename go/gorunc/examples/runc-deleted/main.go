// SPDX-License-Identifier: MIT

//go:build linux

// Runc-deleted runs a container through go-runc with a runtime whose file is deleted before the
// first command:
//
//	runc-deleted RUNTIME BUNDLE [OPTION...]
//
// It copies RUNTIME, seals the copy and deletes the copy's file. OPTIONs go before the runtime's
// command.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: runc-deleted RUNTIME BUNDLE [OPTION...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "runc-deleted:", err)
		os.Exit(1)
	}
}

func run(path, bundle string, options []string) error {
	work, err := os.MkdirTemp("", "runc-deleted")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	path = filepath.Join(work, filepath.Base(path))
	if err := os.WriteFile(path, program, 0755); err != nil {
		return err
	}

	sealed, err := exeseal.ClonePath(path)
	if err != nil {
		return err
	}
	defer sealed.Close()
	if err := os.Remove(path); err != nil {
		return err
	}
	info, err := exeseal.Inspect(sealed)
	if err != nil {
		return err
	}
	_, gone := os.Stat(path)
	fmt.Printf("  runtime     %s, %d bytes, %s\n  on the disk %v\n", info.Type, info.Size, info.Guarantees, gone)

	runc.Monitor = gorunc.Monitor(runc.Monitor, "sealed-runtime", gorunc.Shared(sealed))
	client := &runc.Runc{Command: "sealed-runtime", Root: filepath.Join(work, "state"), ExtraArgs: options}
	output, err := runc.NewSTDIO()
	if err != nil {
		return err
	}
	id := fmt.Sprintf("runc-deleted-%d", os.Getpid())
	status, err := client.Run(context.Background(), id, bundle, &runc.CreateOpts{IO: output})
	fmt.Println("  go-runc     run, status", status)
	return err
}
