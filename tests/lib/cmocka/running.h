// SPDX-License-Identifier: MIT
// One function of the test program, run so that it can be left at any depth by a failure, a skip or a signal.
//
// Leaving is a jump. No frame that it crosses may own anything: whoever fails has finished with its C++ objects, and
// what must live on stands in objects of the thread, not of a frame.
#ifndef CMOCKA_GTEST_RUNNING_H
#define CMOCKA_GTEST_RUNNING_H

#include "abi.h"

#include <functional>
#include <string>

namespace cmocka_gtest {

enum class Ending { returned, failed };

struct Outcome {
    Ending ending = Ending::returned;
    int value = 0;             // what the function returned
    SourceLocation where = {}; // of the failure, where it has a place
    std::string message;
    bool ok() const { return ending == Ending::returned && value == 0; }
};

// The body must hold nothing that a jump across it would lose. It cannot throw: GoogleTest would go on as if nothing
// of ours were left half done, and CMocka's programs end there too.
Outcome run_guarded(const std::function<int()> &body) noexcept;

// Leaves the function that runs; with nothing running, ends the process as libcmocka does.
[[noreturn]] void leave();
[[noreturn]] void leave_failing(SourceLocation where);

} // namespace cmocka_gtest

#endif
