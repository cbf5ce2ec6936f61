// SPDX-License-Identifier: MIT
// What can be seen of any descriptor, whoever made it.
#pragma once

#include "exeseal.h"

namespace exeseal {

// 0 or -errno.
int inspect(int fd, exeseal_info &info);
// The running program.
int inspect_self(exeseal_info &info);

} // namespace exeseal
