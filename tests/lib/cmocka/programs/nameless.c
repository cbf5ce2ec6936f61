/* SPDX-License-Identifier: MIT */
/* Groups and tests without a name. */
#include "program.h"

static void passes(void **state) {
    (void)state;
}

static void fails(void **state) {
    (void)state;
    fail();
}

int main(void) {
    const struct CMUnitTest group[] = {cmocka_unit_test(passes), cmocka_unit_test(fails)};
    const UnitTest list[] = {
        {NULL, passes, UNIT_TEST_FUNCTION_TYPE_TEST},
        {NULL, fails, UNIT_TEST_FUNCTION_TYPE_TEST},
    };
    int failures = cmocka_run_group_tests_name(NULL, group, NULL, NULL);
    failures += 10 * cmocka_run_group_tests_name(NULL, group, NULL, NULL);
    failures += 100 * run_tests(list);
    return failures;
}
