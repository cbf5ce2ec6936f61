// SPDX-License-Identifier: MIT

//go:build linux

// Package nerdbox is what a VM guest's init has to add, as nerdbox's vminitd is one, for the root file system to go without a
// runtime: docs/integrations/nerdbox.md shows where it is called.
package nerdbox

import (
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

// Monitor seals the runtime, and starts it from there wherever go-runc would start the command, which need not exist. The file,
// for what is started without go-runc, stays open as long as there are containers. It needs /proc.
func Monitor(next runc.ProcessMonitor, command string, runtime io.Reader) (runc.ProcessMonitor, *os.File, error) {
	sealed, err := exeseal.CloneReader(runtime, exeseal.WithName(filepath.Base(command)), exeseal.WithRequire(exeseal.Sealed|exeseal.PeerSealed))
	if err != nil {
		return nil, nil, err
	}
	return gorunc.Monitor(next, command, gorunc.Shared(sealed)), sealed, nil
}
