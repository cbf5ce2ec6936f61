// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_system && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package seal

import _ "github.com/exeseal/exeseal/lib/seal" // compiles the core into the program
