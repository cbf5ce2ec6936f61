// SPDX-License-Identifier: MIT

//go:build linux && !(amd64 || arm64 || riscv64 || loong64 || ppc64le)

package pure

// prepareHugePages leaves the memfd in small pages. On 32-bit systems and on s390x, mmap(2) has
// other arguments than those in huge_pages.go.
func prepareHugePages(int, uint64) uint64 { return 0 }
