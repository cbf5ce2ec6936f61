// SPDX-License-Identifier: MIT
// Several runs of GoogleTest in one process, each for the tests registered since the one before.
#ifndef CMOCKA_GTEST_NEWCOMERS_H
#define CMOCKA_GTEST_NEWCOMERS_H

#include "suite.h"

#include <string>

namespace cmocka_gtest {

// Returns whether GoogleTest has a test suite of that name, ours or C++.
bool is_known(const std::string &name);

// Returns whether a run is in progress, during which nothing can be registered.
bool is_running();

// Runs the suite of that name. The first run includes the C++ tests. Returns the number of failed
// tests and fixtures.
int run_newcomers(Suite &suite, const std::string &name);

} // namespace cmocka_gtest

#endif
