// SPDX-License-Identifier: MIT
#include "skip.h"

#include "message.h"
#include "running.h"

#include <utility>

namespace cmocka_gtest {

namespace {
bool requested;
}

bool skip_requested() {
    return requested;
}
bool take_skip_request() {
    return std::exchange(requested, false);
}

} // namespace cmocka_gtest

extern "C" void _skip(const char *file, int line) {
    cmocka_gtest::say("%s:%d: Skipped!", file, line);
    cmocka_gtest::requested = true;
    cmocka_gtest::leave();
}
