// SPDX-License-Identifier: MIT

// Package reexec has a program run from a sealed copy of itself. There is nothing to call:
//
//	import _ "github.com/exeseal/exeseal/go/reexec"
//
// The process executes a sealed memfd of its own program before any of its Go code runs, the runtime included, and then /proc/PID/exe is that: a
// container that the program enters cannot overwrite the file on disk (CVE-2019-5736). Arguments, environment, descriptors, working directory,
// PID, name, signal mask and ignored signals are as they were. A program that was started from a sealed memfd, whoever made it, does not
// execute anything. exeseal_reexec_self in lib/include/exeseal.h has the rules, docs/self-sealing.md what is different in a copy.
//
// Where it cannot be sealed, the program does not run: it says why on standard error and ends with status 126. Package orunsealed
// has it run all the same. That is decided when it is built; no environment variable changes it.
//
// With cgo this is lib/reexec, compiled in, or with tag exeseal_system the installed libexeseal-reexec. It needs glibc: for musl,
// build with tag exeseal_purego. It works with
// -buildmode=pie, statically linked, with -race, and in a C program through -buildmode=c-archive. In a c-shared library or a plugin it does not
// link: what loads those has begun long since.
//
// # Without cgo
//
// With CGO_ENABLED=0 or tag exeseal_purego this package's init() does it, which is later:
//
//   - The runtime has begun, and packages that are initialised earlier have run their init() already; they do so again in the copy.
//   - There are memfds only: with vm.memfd_noexec=2, or where a seccomp filter forbids memfd_create, the program is refused.
//   - /proc has to be mounted; with cgo root does without.
//   - Of several variables of the same name in the environment the first remains.
//
// On other systems than Linux this package does nothing.
package reexec
