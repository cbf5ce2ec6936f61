// SPDX-License-Identifier: MIT
// Version calls a runtime's --version COUNT times through go-runc: version RUNTIME COUNT.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/containerd/go-runc"
)

// prepare makes the client of a runtime. commandfile.go replaces it.
var prepare = func(path string) (*runc.Runc, error) { return &runc.Runc{Command: path}, nil }

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "version:", err)
		os.Exit(1)
	}
}

func run(path, text string) error {
	count, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	client, err := prepare(path)
	if err != nil {
		return err
	}
	var version runc.Version
	for i := 0; i < count; i++ {
		if version, err = client.Version(context.Background()); err != nil {
			return err
		}
	}
	fmt.Println("runc", version.Runc)
	return nil
}
