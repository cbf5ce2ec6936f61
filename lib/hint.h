// SPDX-License-Identifier: MIT
// What the user can do about a failure.
#pragma once

#include <cstdint>

namespace exeseal {

// nullptr if there is no advice that is better than the errno itself.
const char *hint(uint32_t strategy, uint32_t step, int error);

} // namespace exeseal
