// SPDX-License-Identifier: MIT
// Passes failures to GoogleTest.
#ifndef CMOCKA_GTEST_REPORT_H
#define CMOCKA_GTEST_REPORT_H

#include "running.h"

namespace cmocka_gtest {

// Reports one failure at the place where the function failed. `what` names the function if it is
// not the test itself.
void report(const char *what, const Outcome &outcome);

} // namespace cmocka_gtest

#endif
