/* SPDX-License-Identifier: MIT */
/* Assertions in the tested code, expected and unexpected. */
#include "program.h"

static void checked(int value) {
    mock_assert(value > 0, "value > 0", __FILE__, __LINE__);
}

static void expected(void **state) {
    (void)state;
    expect_assert_failure(checked(0));
    assert_string_equal(global_last_failed_assert, "value > 0");
    assert_int_equal(global_expecting_assert, 0);
    checked(1);
}

static void expected_in_vain(void **state) {
    (void)state;
    expect_assert_failure(checked(1));
}

static void not_expected(void **state) {
    (void)state;
    checked(0);
}

int main(void) {
    const struct CMUnitTest exceptions[] = {
        cmocka_unit_test(expected),
        cmocka_unit_test(expected_in_vain),
        cmocka_unit_test(not_expected),
    };
    return cmocka_run_group_tests(exceptions, NULL, NULL);
}
