// SPDX-License-Identifier: MIT

// Package resolve finds a program that can be trusted to run with the caller's privileges, and
// returns the file that was checked.
//
//	found, err := resolve.Find("runc", resolve.Search{})
//	if err != nil {
//		return err
//	}
//	defer found.File.Close()
//	sealed, err := exeseal.CloneFile(found.File)
//
// The page about [finding programs] has the rules. The rules exist only in the C++ core, so the
// package requires the core, either compiled in or linked with tag exeseal_system. Without cgo, on
// 32-bit systems, with tag exeseal_purego, on other Unix systems and on Windows every search
// returns ENOSYS, which matches errors.ErrUnsupported.
//
// [Find] is safe for concurrent use by multiple goroutines.
//
// [finding programs]: https://github.com/exeseal/exeseal/blob/main/docs/finding-programs.md
package resolve
