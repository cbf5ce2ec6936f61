// SPDX-License-Identifier: MIT
// mock_assert(), and the state of expect_assert_failure(), which the header's macro sets and reads.
#include "abi.h"
#include "message.h"
#include "running.h"

extern "C" {

int global_expecting_assert;
jmp_buf global_expect_assert_env;
const char *global_last_failed_assert;

void mock_assert(const int result, const char *expression, const char *file, int line) {
    if (result != 0)
        return;
    if (global_expecting_assert != 0) {
        global_last_failed_assert = expression;
        longjmp(global_expect_assert_env, 1);
    }
    cmocka_gtest::say("ASSERT: %s\n", expression);
    cmocka_gtest::leave_failing({file, line});
}
}
