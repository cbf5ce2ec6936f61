// SPDX-License-Identifier: MIT
// Records attempts and their results, and formats the record as text.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

void record(exeseal_report &report, uint32_t strategy, const Failure &failure);

// Records the failure that ends a call, and returns its -errno. A nullptr report records nothing.
int fail(exeseal_report *report, const Failure &failure);
int fail(exeseal_report &report, const Failure &failure, uint32_t strategy = EXESEAL_STRATEGY_NONE);

// Returns the length of the whole text; the buffer receives as much of it as fits.
size_t format(const exeseal_report &report, char *buffer, size_t size);

} // namespace exeseal
