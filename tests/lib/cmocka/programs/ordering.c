/* SPDX-License-Identifier: MIT */
/* The order of calls. */
#include "program.h"

static void first(void) {
    function_called();
}
static void second(void) {
    function_called();
}
static void third(void) {
    function_called();
}

#define TEST(name, ...)                                                                                                \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        __VA_ARGS__;                                                                                                   \
    }

TEST(in_order, expect_function_call(first); expect_function_calls(second, 2); first(); second(); second())
TEST(any_number, expect_function_call_any(first); first(); first())
TEST(ignored, ignore_function_calls(first); expect_function_call(second); first(); second(); first())
TEST(ignored_and_absent, ignore_function_calls(first))
TEST(two_ignored, ignore_function_calls(first); ignore_function_calls(second); expect_function_call(third); second();
     first(); third())
TEST(unexpected, first())
TEST(out_of_order, expect_function_call(first); expect_function_call(second); second())
TEST(too_often, expect_function_call(first); first(); first())
TEST(left, expect_function_call(first); expect_function_calls(second, 2); first(); second())
TEST(any_but_none, expect_function_call_any(first))
TEST(neither_ignored_nor_expected, ignore_function_calls(first); ignore_function_calls(second); third())
TEST(expected_behind_ignored, ignore_function_calls(first); expect_function_call(second); third())

int main(void) {
    const struct CMUnitTest ordering[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(any_number),
        cmocka_unit_test(ignored),
        cmocka_unit_test(ignored_and_absent),
        cmocka_unit_test(two_ignored),
        cmocka_unit_test(unexpected),
        cmocka_unit_test(out_of_order),
        cmocka_unit_test(too_often),
        cmocka_unit_test(left),
        cmocka_unit_test(any_but_none),
        cmocka_unit_test(neither_ignored_nor_expected),
        cmocka_unit_test(expected_behind_ignored),
    };
    return cmocka_run_group_tests(ordering, NULL, NULL);
}
