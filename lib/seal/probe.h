// SPDX-License-Identifier: MIT
// Reports whether a strategy works here, by running it.
#pragma once

#include "exeseal.h"

namespace exeseal {

// Returns 0 or -errno; the report has the cause.
int probe(uint32_t strategy, exeseal_report &report);

} // namespace exeseal
