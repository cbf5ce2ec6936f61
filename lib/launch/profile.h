// SPDX-License-Identifier: MIT
// What a program is executed with, apart from its arguments: set for the calling thread, or process, by bare system
// calls.
#pragma once

#include "base/failure.h"

namespace exeseal {

// What can be said beforehand, without changing anything. Async-signal-safe, as the next.
Failure check_profile(int fd, const exeseal_exec_options &options);

// As far as the options ask for it.
Failure apply_profile(int fd, const exeseal_exec_options &options);

} // namespace exeseal
