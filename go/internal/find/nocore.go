// SPDX-License-Identifier: MIT

//go:build !(linux && cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64))

package find

import "syscall"

// Program returns ENOSYS: the rules for trusted programs exist only in the core.
func Program(Query) (Found, syscall.Errno) {
	return Found{Advice: "This program was built without the C++ core, which has the rules for trusted programs. " +
		"Build it for 64-bit Linux with cgo (CGO_ENABLED=1) and without tag exeseal_purego."}, syscall.ENOSYS
}
