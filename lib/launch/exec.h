// SPDX-License-Identifier: MIT
// Executes a descriptor and reports the cause of a failure. Async-signal-safe.
#pragma once

#include "base/failure.h"

namespace exeseal {

// Returns -errno, and returns only on failure or with EXESEAL_EXEC_CHECK. `report` may be nullptr.
int exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &options,
            exeseal_report *report);

} // namespace exeseal
