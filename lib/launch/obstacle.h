// SPDX-License-Identifier: MIT
// Says why an option of an execution fails: a Failure without its step, which is in the option's row.
#pragma once

namespace exeseal {

struct Obstacle {
    int error = 0;          // -errno; there is no obstacle if it is 0 or more
    const char *where = ""; // a constant

    Obstacle() = default;
    Obstacle(int result, const char *concerned = "") : error(result < 0 ? result : 0), where(concerned) {}

    explicit operator bool() const { return error < 0; }
};

} // namespace exeseal
