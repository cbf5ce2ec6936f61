// SPDX-License-Identifier: MIT
// The options of `exeseal run` that say how the program is sealed.
#pragma once

#include "launch_options.h"

namespace exeseal_tool {

// Each row sets its part of a RunRequest.
constexpr size_t kSealingOptions = 10;
extern const Option sealing_options[kSealingOptions];

} // namespace exeseal_tool
