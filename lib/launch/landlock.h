// SPDX-License-Identifier: MIT
// Leaves this thread, and whatever it executes, nothing to execute but one program.
#pragma once

#include "launch/obstacle.h"

namespace exeseal {

// Whether it could, as far as that can be told without doing it. Async-signal-safe, as the next.
Obstacle check_restriction(int fd);

// The program behind fd, and the interpreter that its image names. ENOSYS, EOPNOTSUPP: this kernel has no Landlock, or
// it is not enabled. EPERM: neither no_new_privs nor CAP_SYS_ADMIN.
Obstacle restrict_execution(int fd);

} // namespace exeseal
