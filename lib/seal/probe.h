// SPDX-License-Identifier: MIT
// Whether a strategy works here: by doing it.
#pragma once

#include "exeseal.h"

namespace exeseal {

// 0, or -errno; the report says why.
int probe(uint32_t strategy, exeseal_report &report);

} // namespace exeseal
