// SPDX-License-Identifier: MIT
// A child that another thread forks holds copies of our descriptors until it executes or ends, and close(2) here does
// not take them from it.
#pragma once

#include "base/sys.h"

namespace exeseal {

// Asks each millisecond whether the children have let go, for as long as they may take to get to their execve(2).
// false: one of them still has not.
template <typename Condition> bool wait_for_forked_children(Condition have_let_go, uint32_t &retries) {
    constexpr int kWaits = 200;
    for (int i = 0; i < kWaits; i++) {
        if (have_let_go())
            return true;
        retries++;
        sys::ppoll_millisecond();
    }
    return false;
}

} // namespace exeseal
