// SPDX-License-Identifier: MIT
// expect_function_call(), ignore_function_calls() and function_called().
#ifndef CMOCKA_GTEST_ORDERING_H
#define CMOCKA_GTEST_ORDERING_H

#include "abi.h"

namespace cmocka_gtest {

// Reports the expected calls that are missing. Returns the place of the first, or no place. Drops
// expectations that may remain.
SourceLocation find_missing_calls();

void forget_calls();

} // namespace cmocka_gtest

#endif
