// SPDX-License-Identifier: MIT
// C++ main() functions that run C groups in different ways. CPP_MAIN selects one.
#include "cmocka_gtest.h"
#include "groups.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

TEST(Inside, runs_the_groups) {
    if (std::string(getenv("CPP_MAIN")) != "inside")
        GTEST_SKIP();
    EXPECT_EQ(run_groups(), getenv("GROUPS_FAIL") != nullptr ? 1 : 0);
}

int main(int argc, char **argv) {
    std::string way = getenv("CPP_MAIN");
    testing::InitGoogleTest(&argc, argv);
    if (way == "groups")
        return run_groups();
    if (way == "register") {
        cmocka_gtest_register_only();
        run_groups();
    }
    int failed = RUN_ALL_TESTS();
    return way == "after" ? failed + run_groups() : failed;
}
