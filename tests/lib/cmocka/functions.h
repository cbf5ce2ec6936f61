// SPDX-License-Identifier: MIT
// The functions of a test program, each run with the checks of its kind.
#ifndef CMOCKA_GTEST_FUNCTIONS_H
#define CMOCKA_GTEST_FUNCTIONS_H

#include "abi.h"
#include "allocation.h"
#include "running.h"

namespace cmocka_gtest {

Outcome run_test(CMUnitTestFunction function, void **state, const char *name);
Outcome run_setup(CMFixtureFunction function, void **state);
Outcome run_teardown(CMFixtureFunction function, void **state, HeapMark since, const char *name);

// For the deprecated interface, where fixtures return nothing.
Outcome run_deprecated(const UnitTest &test, void **state, HeapMark since);

} // namespace cmocka_gtest

#endif
