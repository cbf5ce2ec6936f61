// SPDX-License-Identifier: MIT

package exeseal

import "github.com/exeseal/exeseal/go/internal/execute"

func executeFile(fd int, argv, env []string) (step uint32, err error) {
	return execute.File(fd, argv, env)
}
