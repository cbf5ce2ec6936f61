// SPDX-License-Identifier: MIT
// Restricts this thread, and every program it executes, to executing one program.
#pragma once

#include "launch/obstacle.h"

namespace exeseal {

// Returns what restrict_execution would return, as far as that can be predicted. Async-signal-safe.
Obstacle check_restriction(int fd);

// Allows executing only the program behind fd and the interpreter that its image names. ENOSYS,
// EOPNOTSUPP: Landlock is not in this kernel or not enabled. EPERM: the thread has neither
// no_new_privs nor CAP_SYS_ADMIN. Async-signal-safe.
Obstacle restrict_execution(int fd);

} // namespace exeseal
