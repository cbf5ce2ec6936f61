// SPDX-License-Identifier: MIT
// The running program executes a sealed copy of itself, once.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

// What cannot be seen of a running program cannot be required.
Failure read_reexec_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);

// 0: it runs from one already. -errno. Else it does not return.
int reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options &options, exeseal_report &report);

} // namespace exeseal
