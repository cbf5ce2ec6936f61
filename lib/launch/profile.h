// SPDX-License-Identifier: MIT
// Applies or checks the settings that a program is executed with (launch/exec_options.h).
#pragma once

#include "base/failure.h"

namespace exeseal {

// All flags that have a row.
uint64_t known_exec_flags();

// Rejects invalid values without querying the kernel.
Failure check_values(const exeseal_exec_options &options);

// Both functions consider only options whose flags are in `among`, and are async-signal-safe.
//
// check_profile changes nothing. It returns the failure of apply_profile as far as it can be
// predicted.
Failure check_profile(int fd, const exeseal_exec_options &options, uint64_t among = UINT64_MAX);
Failure apply_profile(int fd, const exeseal_exec_options &options, uint64_t among = UINT64_MAX);

} // namespace exeseal
