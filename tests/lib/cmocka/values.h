// SPDX-License-Identifier: MIT
// will_return() and mock(), expect_*() and check_expected().
#ifndef CMOCKA_GTEST_VALUES_H
#define CMOCKA_GTEST_VALUES_H

#include "abi.h"

namespace cmocka_gtest {

// Reports the values and parameters that were never used. Returns the place of the first, or no
// place. Drops those that may remain.
SourceLocation find_unused_values();

void forget_values();

} // namespace cmocka_gtest

#endif
