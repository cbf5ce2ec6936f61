// SPDX-License-Identifier: MIT
// What went wrong: the step, the errno, and the place that it concerns.
#pragma once

#include "exeseal.h"

#include <cerrno>

namespace exeseal {

struct Failure {
    uint32_t step = EXESEAL_STEP_DONE;
    int error = 0;          // positive
    const char *where = ""; // a constant, or it outlives the report's copy of it

    explicit operator bool() const { return error != 0; }
};

// For what a call in sys.h returned.
inline Failure failed_if_negative(long result, uint32_t step, const char *where = "") {
    return result < 0 ? Failure{step, static_cast<int>(-result), where} : Failure{};
}

} // namespace exeseal
