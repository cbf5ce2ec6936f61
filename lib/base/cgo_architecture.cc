// SPDX-License-Identifier: MIT
//
// Rejects a C++ compiler that does not compile for GOARCH. If CC is set and CXX is not, Go calls
// the host's g++ without a warning. cgo.go defines EXESEAL_GOARCH as the macro that a compiler for
// GOARCH predefines; an undefined name counts as 0.

#if defined EXESEAL_GOARCH && !EXESEAL_GOARCH
#error "The C++ compiler is not one for GOARCH. Set CXX to the C++ compiler of the toolchain of CC."
#endif
