// SPDX-License-Identifier: MIT
// Several runs of GoogleTest in one process, each for what has come since the one before.
#ifndef CMOCKA_GTEST_NEWCOMERS_H
#define CMOCKA_GTEST_NEWCOMERS_H

#include "suite.h"

#include <string>

namespace cmocka_gtest {

// Whether GoogleTest has a test suite of that name, ours or C++.
bool is_known(const std::string &name);

// Whether a run is under way, in which nothing can be registered.
bool is_running();

// Runs the suite, known by that name, and if it is the first to run the C++ tests too. Returns how many tests and
// fixtures failed.
int run_newcomers(Suite &suite, const std::string &name);

} // namespace cmocka_gtest

#endif
