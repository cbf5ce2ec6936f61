// SPDX-License-Identifier: MIT
// The names of errno values. strerrorname_np is glibc's alone (2.32), and strerror depends on the locale.
#pragma once

namespace exeseal {

// nullptr for a number without a name here.
const char *errno_name(int error);

} // namespace exeseal
