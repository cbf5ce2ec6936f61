// SPDX-License-Identifier: MIT

// Package reexec makes a program run from a sealed copy of itself. There is no function to call;
// import the package for its effect:
//
//	import _ "github.com/exeseal/exeseal/go/reexec"
//
// The process executes a copy of its own program before any Go code runs, the Go runtime
// included. The copy is in a sealed memfd or, if memfds are forbidden, in an unlinked file. From
// then on /proc/PID/exe is the copy, so a container that the program enters cannot overwrite the
// file on disk (CVE-2019-5736). Arguments, environment, descriptors, working directory, PID,
// process name, signal mask and ignored signals stay as they were. A program that was started
// from a sealed memfd, by exeseal or by another program, is not copied again.
// exeseal_reexec_self(3) has the rules, and the page about [self-sealing] describes what differs in
// a copy.
//
// If the program cannot be sealed, it does not run: it reports the reason on standard error and
// exits with status 126. Import package orunsealed instead to run the program unsealed in that
// case. The choice is made at build time; no environment variable changes it.
//
// With cgo, lib/reexec is compiled into the program, or with tag exeseal_system the installed
// libexeseal-reexec is linked. Both require glibc; with musl, build with tag exeseal_purego. The
// package supports -buildmode=pie, static linking, -race, and C programs that link a
// -buildmode=c-archive library. A c-shared library or a plugin that imports the package does not
// link, because such a library is loaded after the program has started.
//
// # Without cgo
//
// With CGO_ENABLED=0 or tag exeseal_purego, this package's init function executes the copy. That is
// later than with cgo, and differs in these points:
//
//   - The Go runtime is already running, and packages that are initialised earlier have run their
//     init functions. They run again in the copy.
//   - /proc must be mounted. With cgo, root does not need a mounted /proc.
//   - If the environment contains a variable more than once, only the first entry is kept.
//
// On other systems than Linux this package has no effect.
//
// [self-sealing]: https://github.com/exeseal/exeseal/blob/main/docs/self-sealing.md
package reexec
