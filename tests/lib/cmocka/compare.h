// SPDX-License-Identifier: MIT
// The comparisons that assertions and expected parameters share. A failed one prints the reason.
#ifndef CMOCKA_GTEST_COMPARE_H
#define CMOCKA_GTEST_COMPARE_H

#include "abi.h"

namespace cmocka_gtest {

bool equal(LargestIntegralType left, LargestIntegralType right);
bool not_equal(LargestIntegralType left, LargestIntegralType right);
bool equal(float left, float right, float epsilon);
bool not_equal(float left, float right, float epsilon);
bool equal(double left, double right, double epsilon);
bool not_equal(double left, double right, double epsilon);
bool equal(const char *left, const char *right);
bool not_equal(const char *left, const char *right);
bool equal(const void *left, const void *right, size_t size);
bool not_equal(const void *left, const void *right, size_t size);
bool in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum);
bool not_in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum);
bool in_set(LargestIntegralType value, const LargestIntegralType *set, size_t size);
bool not_in_set(LargestIntegralType value, const LargestIntegralType *set, size_t size);

} // namespace cmocka_gtest

#endif
