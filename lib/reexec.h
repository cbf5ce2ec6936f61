// SPDX-License-Identifier: MIT
// The running program executes a sealed copy of itself, once.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

// Rejects guarantees that cannot be observed of a running program.
Failure read_reexec_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);

// Returns 0 if the program already runs from a sealed copy, or -errno. Otherwise it executes the
// copy and does not return.
int reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options &options, exeseal_report &report);

} // namespace exeseal
