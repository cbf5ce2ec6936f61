// SPDX-License-Identifier: MIT
// What a program is executed with, apart from its arguments: the options in their order (launch/exec_options.h), set
// for the calling thread or process by bare system calls.
#pragma once

#include "base/failure.h"

namespace exeseal {

// Every flag that has a row.
uint64_t known_exec_flags();

// Refuses values that make no sense, whoever calls and whatever the kernel.
Failure check_values(const exeseal_exec_options &options);

// Those of the options whose flags are in `among`. Both are async-signal-safe.
//
// check_profile changes nothing, and returns the failure of apply_profile as far as it can be foreseen.
Failure check_profile(int fd, const exeseal_exec_options &options, uint64_t among = UINT64_MAX);
Failure apply_profile(int fd, const exeseal_exec_options &options, uint64_t among = UINT64_MAX);

} // namespace exeseal
