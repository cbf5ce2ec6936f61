// SPDX-License-Identifier: MIT
// Runs one function of the test program so that a failure, a skip or a signal can leave it at any
// depth.
//
// It is left by a jump. No frame that the jump crosses may own anything: the failing code has
// finished with its C++ objects, and lasting state is in objects of the thread, not of a frame.
#ifndef CMOCKA_GTEST_RUNNING_H
#define CMOCKA_GTEST_RUNNING_H

#include "abi.h"

#include <functional>
#include <string>

namespace cmocka_gtest {

enum class Ending { returned, failed };

struct Outcome {
    Ending ending = Ending::returned;
    int value = 0;             // the function's return value
    SourceLocation where = {}; // of the failure, if it has a place
    std::string message;
    bool ok() const { return ending == Ending::returned && value == 0; }
};

// The body must hold nothing that a jump across it would lose. It is noexcept: if it threw,
// GoogleTest would continue after half-finished work, where CMocka's programs end.
Outcome run_guarded(const std::function<int()> &body) noexcept;

// Leaves the running function. If none runs, ends the process as libcmocka does.
[[noreturn]] void leave();
[[noreturn]] void leave_failing(SourceLocation where);

} // namespace cmocka_gtest

#endif
