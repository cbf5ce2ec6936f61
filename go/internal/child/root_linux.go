// SPDX-License-Identifier: MIT

package child

import "os/exec"

func newRoot(cmd *exec.Cmd) string {
	if cmd.SysProcAttr == nil {
		return ""
	}
	return cmd.SysProcAttr.Chroot
}
