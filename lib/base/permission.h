// SPDX-License-Identifier: MIT
// Whether this process may execute a file, as far as permission bits and mount flags tell.
#pragma once

namespace exeseal {

// 0; -EACCES; -errno. By faccessat2(2), and where that is missing (before Linux 5.8) or filtered, by there being any x
// bit and no noexec mount. Async-signal-safe.
int check_may_execute(int fd);

} // namespace exeseal
