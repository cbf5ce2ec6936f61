// SPDX-License-Identifier: MIT

// Package exeseal turns an executable into a sealed file descriptor and runs it from there.
//
//	f, err := exeseal.ClonePath("/usr/sbin/runc")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	return exeseal.Command(ctx, f, "--version").Run()
//
// By default the sealed file is a memfd that nobody can write to and that shares no page with the
// source. A container cannot overwrite the runtime through /proc/PID/exe (CVE-2019-5736), and a
// store into the page cache of the file on disk does not reach the memfd. The file on disk is no
// longer needed. [WithReclaimable] and [ModeROSharedPage] make other files with other guarantees;
// [Probe] reports which of them work on this host. The [threat model] says what is promised and
// what is not.
//
// # Container runtimes
//
// A runtime that clones itself can list the modes that it accepts in its order of preference, and
// name a directory that is used if the result has to be a file on disk:
//
//	if !exeseal.IsSelfSealed() {
//		f, err = exeseal.CloneSelf(
//			exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy),
//			exeseal.WithTempDir(stateDir))
//	}
//
// Package [github.com/exeseal/exeseal/go/reexec] does this without code: a program that imports it
// runs from a sealed copy of itself. Package [github.com/exeseal/exeseal/go/gorunc] makes go-runc
// start a sealed runtime. Package [github.com/exeseal/exeseal/go/resolve] finds a program that can
// be trusted.
//
// The [guide] describes what os/exec can set for a sealed program, such as capabilities and the
// working directory, and what it cannot. [Report] and [Info] marshal to the JSON that the exeseal
// tool prints (exeseal-doctor(1)).
//
// # Builds
//
// By default the C++ core in lib is compiled into the program, which requires a C++ compiler. With
// tag exeseal_system the program is linked with the installed library instead.
//
// Without cgo, on 32-bit systems and with tag exeseal_purego, a Go implementation of the strategies
// that runc uses replaces the core: reuse, memfd, tmpfile and overlay. It has the same functions
// and makes the same seals, names and errors; reports list the other strategies as failed with
// ENOSYS. [Backend] returns which implementation a program has. If /proc is not usable, the core
// can open a private procfs as root; the Go implementation cannot.
//
// On other Unix systems and on Windows every function returns errors.ErrUnsupported.
//
// All functions are safe for concurrent use by multiple goroutines.
//
// [threat model]: https://github.com/exeseal/exeseal/blob/main/docs/threat-model.md
// [guide]: https://github.com/exeseal/exeseal/blob/main/docs/go-guide.md
package exeseal
