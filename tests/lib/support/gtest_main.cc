// SPDX-License-Identifier: MIT
// The main() of the tests in C++. GoogleTest's own exits with 0 if the filter matches no test.
#include <gtest/gtest.h>

#include <iostream>

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    int failed = RUN_ALL_TESTS();
    if (testing::UnitTest::GetInstance()->test_to_run_count() > 0)
        return failed;
    std::cerr << "--gtest_filter=" << GTEST_FLAG_GET(filter) << " matches no test\n";
    return 1;
}
