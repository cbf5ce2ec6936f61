// SPDX-License-Identifier: MIT

// Package child has what a Cmd that executes a file by a path in /proc needs, whoever starts it.
package child

import (
	"fmt"
	"os/exec"
	"syscall"
)

// CheckRoot refuses a Cmd with a Chroot: the child changes its root directory before it looks up the path, so whoever can write to the new one chooses
// the program.
func CheckRoot(cmd *exec.Cmd) error {
	if root := newRoot(cmd); root != "" {
		return fmt.Errorf("exeseal: SysProcAttr.Chroot is %q: the child would look up its program there, not the file. Let the program change its root itself: %w",
			root, syscall.EINVAL)
	}
	return nil
}
