// SPDX-License-Identifier: MIT

// Package child prepares an exec.Cmd that executes a file by a path in /proc.
//
// The module go/gorunc calls CheckRoot and Environment. A program may combine it with a newer
// version of this module, so the two functions keep their signatures.
package child

import (
	"fmt"
	"os/exec"
	"syscall"
)

// CheckRoot rejects a Cmd with a Chroot. The child changes its root directory before it looks up
// the path, so a user who can write to the new root would choose the program.
func CheckRoot(cmd *exec.Cmd) error {
	if root := newRoot(cmd); root != "" {
		return fmt.Errorf("exeseal: SysProcAttr.Chroot is %q: the child would look up the path of the sealed file there; let the program change its root directory itself: %w",
			root, syscall.EINVAL)
	}
	return nil
}
