// SPDX-License-Identifier: MIT
// C++ tests in a program whose groups are in C.
#include <gtest/gtest.h>

#include <cstdlib>

TEST(Cpp, passes) {}

TEST(Cpp, failing) {
    EXPECT_EQ(getenv("CPP_FAIL"), nullptr);
}
