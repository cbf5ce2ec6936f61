// SPDX-License-Identifier: MIT
// will_return() and mock(), expect_*() and check_expected().
#ifndef CMOCKA_GTEST_VALUES_H
#define CMOCKA_GTEST_VALUES_H

#include "abi.h"

namespace cmocka_gtest {

// Says which values and parameters were never asked for; the first one's place, or none. What may stay is dropped.
SourceLocation find_unused_values();

void forget_values();

} // namespace cmocka_gtest

#endif
