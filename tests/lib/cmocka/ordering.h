// SPDX-License-Identifier: MIT
// expect_function_call(), ignore_function_calls() and function_called().
#ifndef CMOCKA_GTEST_ORDERING_H
#define CMOCKA_GTEST_ORDERING_H

#include "abi.h"

namespace cmocka_gtest {

// Says which expected calls did not come; the first one's place, or none. Expectations that may stay are dropped.
SourceLocation find_missing_calls();

void forget_calls();

} // namespace cmocka_gtest

#endif
