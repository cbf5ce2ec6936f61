// SPDX-License-Identifier: MIT
// Waits for children that other threads forked: until such a child executes or ends, it holds
// copies of our descriptors, and close(2) in this process does not close them.
#pragma once

#include "base/sys.h"

namespace exeseal {

// Checks the condition each millisecond, for as long as a child may need to reach its execve(2).
// Returns false if a child still holds a descriptor then.
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
