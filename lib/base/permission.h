// SPDX-License-Identifier: MIT
// Checks whether this process may execute a file, by permission bits and mount flags only.
#pragma once

namespace exeseal {

// Returns 0, -EACCES, or another -errno. Uses faccessat2(2). If that call is missing (before Linux
// 5.8) or filtered, the file must have any x bit and must not be on a noexec mount.
// Async-signal-safe.
int check_may_execute(int fd);

} // namespace exeseal
