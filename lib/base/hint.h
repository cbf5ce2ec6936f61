// SPDX-License-Identifier: MIT
// What the user can do about a failure.
#pragma once

#include "base/sets.h"

#include <span>

namespace exeseal {

constexpr uint32_t kAnyStep = UINT32_MAX;

// Text: the cause, then one action in the imperative. No errors: any.
struct Hint {
    Strategies strategies;
    uint32_t step;
    Errnos errors;
    const char *text;
};

// The first row that matches counts.
std::span<const Hint> hints();

// nullptr if there is no advice that is better than the errno itself.
const char *hint(uint32_t strategy, uint32_t step, int error);

} // namespace exeseal
