// SPDX-License-Identifier: MIT
// The failure of an execution option: a Failure without its step, which is in the option's row.
#pragma once

namespace exeseal {

struct Obstacle {
    int error = 0;          // -errno; 0 if there is no obstacle
    const char *where = ""; // a string constant

    Obstacle() = default;
    Obstacle(int result, const char *concerned = "") : error(result < 0 ? result : 0), where(concerned) {}

    explicit operator bool() const { return error < 0; }
};

} // namespace exeseal
