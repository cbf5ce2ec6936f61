// SPDX-License-Identifier: MIT

// Package resolve finds a program that may be trusted to run with the caller's privileges, and hands out the very file that was judged.
//
//	found, err := resolve.Find("runc", resolve.Search{})
//	sealed, err := exeseal.CloneFile(found.File)
//
// docs/finding-programs.md has the rules. The package requires the C++ core, compiled in or, with tag exeseal_system, linked: what may be trusted is
// decided in one place. Without cgo, on 32 bits, with tag exeseal_purego, on other Unix systems and on Windows the error of every search is
// ENOSYS, which is errors.ErrUnsupported.
//
// Find may be called from several goroutines at once.
package resolve
