// SPDX-License-Identifier: MIT
#include "report.h"

#include <gtest/gtest.h>

namespace cmocka_gtest {

void report(const char *what, const Outcome &outcome) {
    std::string text = outcome.message;
    if (outcome.ending == Ending::returned)
        text += "returned " + std::to_string(outcome.value);
    if (what != nullptr)
        text = std::string(what) + " failed: " + text;
    if (text.ends_with('\n'))
        text.pop_back();
    // A signal has no place, nor has a fixture that returned an error. GoogleTest marks a missing
    // place with line -1.
    int line = outcome.where.file != nullptr ? outcome.where.line : -1;
    ADD_FAILURE_AT(outcome.where.file, line) << text;
}

} // namespace cmocka_gtest
