// SPDX-License-Identifier: MIT

// Package exeseal turns an executable into a sealed file descriptor and runs it from there.
//
//	f, err := exeseal.ClonePath("/usr/sbin/runc")
//	cmd, err := exeseal.Command(ctx, f, "--version")
//
// The file that comes out is a memfd that nobody can write to, with pages of its own: a container cannot overwrite the runtime
// through /proc/PID/exe (CVE-2019-5736), and a store into the page cache of the file on disk does not reach it. Nothing on disk
// is needed from then on. WithReclaimable and ModeROSharedPage give other files, with other guarantees; Probe tells which of them work here.
// docs/threat-model.md says what is promised, and what is not.
//
// A container runtime that may share its own pages, but need not, lists modes in its order of preference, and names a directory for the case
// that the result has to be a file:
//
//	if !exeseal.IsSelfSealed() {
//		f, err = exeseal.CloneSelf(exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy), exeseal.WithTempDir(stateDir))
//	}
//
// Report and Info marshal to the JSON that the tool prints (docs/doctor.md).
//
// By default the C++ core in lib is compiled in, which takes a C++ compiler. With tag exeseal_system the installed library is linked instead.
// Without cgo, on 32 bits and with tag exeseal_purego a Go implementation of reuse and memfd takes its place: the same functions, seals, names and
// errors, without the other strategies, which its reports name, and without a /proc of its own where there is none. On other Unix systems and
// Windows every function returns errors.ErrUnsupported.
//
// go/resolve finds a program that may be trusted. What os/exec can give a program to start with, and what it cannot, stands in docs/go-guide.md.
//
// Everything may be used from several goroutines at once.
package exeseal
