// SPDX-License-Identifier: MIT
// The names of errno values. Only glibc has strerrorname_np (since 2.32), and strerror depends on
// the locale.
#pragma once

namespace exeseal {

// Returns nullptr for a number without a name.
const char *errno_name(int error);

} // namespace exeseal
