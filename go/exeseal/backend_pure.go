// SPDX-License-Identifier: MIT

//go:build linux && !(cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64))

package exeseal

import "github.com/exeseal/exeseal/go/internal/pure"

const (
	isSupported = true
	backendName = "go"
)

var backend pure.Backend
