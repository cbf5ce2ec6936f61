// SPDX-License-Identifier: MIT
// Describes a failure: the step, the errno, and the place that it concerns.
#pragma once

#include "exeseal.h"

#include <cerrno>

namespace exeseal {

struct Failure {
    uint32_t step = EXESEAL_STEP_DONE;
    int error = 0;          // positive
    const char *where = ""; // a constant, or a string that lives until it is copied into the report

    explicit operator bool() const { return error != 0; }

    // A failure if the result of a function in sys.h is -errno.
    static Failure from(long result, uint32_t step, const char *where = "") {
        return result < 0 ? Failure{step, static_cast<int>(-result), where} : Failure{};
    }
    static Failure unless(bool is_so, uint32_t step, int error, const char *where = "") {
        return is_so ? Failure{} : Failure{step, error, where};
    }
};

} // namespace exeseal
