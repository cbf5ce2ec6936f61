// SPDX-License-Identifier: MIT
// Executes a descriptor, and names the cause when the kernel will not. Async-signal-safe: system calls and the stack,
// nothing else.
#pragma once

#include "base/failure.h"

namespace exeseal {

// Returns only on failure, as -errno, or with EXESEAL_EXEC_CHECK. report: nullptr if it is not wanted.
int exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &options,
            exeseal_report *report);

} // namespace exeseal
