// SPDX-License-Identifier: MIT
// Reports the properties of any descriptor, no matter which program created it.
#pragma once

#include "exeseal.h"

namespace exeseal {

// Both return 0 or -errno.
int inspect(int fd, exeseal_info &info);
// Inspects the running program.
int inspect_self(exeseal_info &info);

} // namespace exeseal
