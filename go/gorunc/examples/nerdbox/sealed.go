// SPDX-License-Identifier: MIT

//go:build linux

// Package nerdbox has the code that the init of a VM guest, such as nerdbox's vminitd, needs in
// order to run containers without a runtime in the guest's root file system.
// docs/integrations/nerdbox.md shows where to call it.
package nerdbox

import (
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

// Monitor seals the runtime and returns a ProcessMonitor that executes the sealed runtime whenever
// go-runc starts the command. The command does not have to exist. The returned file is for starts
// without go-runc; keep it open as long as containers run. Monitor requires /proc.
func Monitor(next runc.ProcessMonitor, command string, runtime io.Reader) (runc.ProcessMonitor, *os.File, error) {
	sealed, err := exeseal.CloneReader(runtime, exeseal.WithName(filepath.Base(command)), exeseal.WithRequire(exeseal.Sealed|exeseal.PeerSealed))
	if err != nil {
		return nil, nil, err
	}
	return gorunc.Monitor(next, command, gorunc.Shared(sealed)), sealed, nil
}
