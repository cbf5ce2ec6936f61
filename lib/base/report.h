// SPDX-License-Identifier: MIT
// What was tried and what came of it: keeping the record, and writing it out for a person.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

void record(exeseal_report &report, uint32_t strategy, const Failure &failure);

// Keeps the record of what ends a call, and returns its -errno. nullptr: nobody wants to know.
int fail(exeseal_report *report, const Failure &failure);
int fail(exeseal_report &report, const Failure &failure, uint32_t strategy = EXESEAL_STRATEGY_NONE);

// The length of the whole text; buffer holds as much of it as fits.
size_t format(const exeseal_report &report, char *buffer, size_t size);

} // namespace exeseal
