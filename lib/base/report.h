// SPDX-License-Identifier: MIT
// What was tried and what came of it: keeping the record, and writing it out for a person.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

void record(exeseal_report &report, uint32_t strategy, const Failure &failure);
// nullptr: nobody wants to know.
void record(exeseal_report *report, uint32_t strategy, const Failure &failure);

// The length of the whole text; buffer holds as much of it as fits.
size_t format(const exeseal_report &report, char *buffer, size_t size);

} // namespace exeseal
