// SPDX-License-Identifier: MIT

//go:build linux

// Embedded contains its container runtime, as the init of a VM guest would, so that the guest's
// file system does not have to contain a runtime. Run `go generate` first, which copies this
// machine's runtime; then:
//
//	embedded run BUNDLE [OPTION...]     OPTIONs go before the runtime's command
//	embedded version
package main

import (
	"context"
	"embed"
	"fmt"
	"os"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

//go:generate sh -c "cp $(command -v crun || command -v runc) runtime/runtime"

//go:embed all:runtime
var files embed.FS

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "embedded:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	program, err := files.ReadFile("runtime/runtime")
	if err != nil {
		return fmt.Errorf("no runtime is embedded; run go generate first: %w", err)
	}
	// The name is the runtime's argv[0]. crun treats "krun" and "crun-..." in a special way.
	sealed, err := exeseal.CloneBytes(program, exeseal.WithName("runtime"), exeseal.WithRequire(exeseal.Sealed|exeseal.OwnPages))
	if err != nil {
		return err
	}
	defer sealed.Close()
	ctx := context.Background()
	if len(args) == 1 && args[0] == "version" {
		version := exeseal.Command(ctx, sealed, "--version")
		version.Stdout, version.Stderr = os.Stdout, os.Stderr
		return version.Run()
	}
	if len(args) < 2 || args[0] != "run" {
		return fmt.Errorf("usage: embedded run BUNDLE [OPTION...] | version")
	}
	runc.Monitor = gorunc.Monitor(runc.Monitor, "embedded-runtime", gorunc.Shared(sealed))
	client := &runc.Runc{Command: "embedded-runtime", ExtraArgs: args[2:]}
	output, err := runc.NewSTDIO()
	if err != nil {
		return err
	}
	id := fmt.Sprintf("embedded-%d", os.Getpid())
	_, err = client.Run(ctx, id, args[1], &runc.CreateOpts{IO: output})
	return err
}
