// SPDX-License-Identifier: MIT
// Executes a descriptor in a child process and reports why that failed.
#pragma once

#include "base/failure.h"

namespace exeseal {

// Returns the child's pidfd or -errno.
int spawn_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &exec_options,
             const exeseal_spawn_options &options, exeseal_report &report);

} // namespace exeseal
