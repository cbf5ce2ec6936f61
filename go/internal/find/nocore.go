// SPDX-License-Identifier: MIT

//go:build !(linux && cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64))

package find

import "syscall"

// Program returns ENOSYS: the rules for trusted programs exist only in the core.
func Program(Query) (Found, syscall.Errno) { return Found{}, syscall.ENOSYS }
