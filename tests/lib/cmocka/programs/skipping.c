/* SPDX-License-Identifier: MIT */
/* Skipped tests, and tests that a filter removes. */
#include "program.h"

static void skips(void **state) {
    (void)state;
    skip();
    fail();
}

static int skips_in_a_fixture(void **state) {
    (void)state;
    skip();
    return 0;
}

static void passes(void **state) {
    (void)state;
}

static void fails(void **state) {
    (void)state;
    fail();
}

int main(void) {
    const struct CMUnitTest skipping[] = {
        cmocka_unit_test(skips), cmocka_unit_test(fails), cmocka_unit_test_setup(passes, skips_in_a_fixture),
        cmocka_unit_test(fails), /* the fixture's request applies here */
        cmocka_unit_test(fails),
    };
    const struct CMUnitTest filtered[] = {
        {"apple", passes, NULL, NULL, NULL},  {"apricot", fails, NULL, NULL, NULL},
        {"banana", passes, NULL, NULL, NULL}, {"ap", fails, NULL, NULL, NULL},
        {"grape", fails, NULL, NULL, NULL},   {"pineapple", fails, NULL, NULL, NULL},
    };
    int failures = cmocka_run_group_tests(skipping, NULL, NULL);
    cmocka_set_test_filter("ap*");
    failures += cmocka_run_group_tests(filtered, NULL, NULL);
    cmocka_set_skip_filter("*i?ot");
    failures += cmocka_run_group_tests(filtered, NULL, NULL);
    cmocka_set_test_filter("ap**");
    cmocka_set_skip_filter(NULL);
    failures += cmocka_run_group_tests(filtered, NULL, NULL);
    cmocka_set_test_filter("nothing");
    failures += cmocka_run_group_tests(filtered, NULL, NULL);
    return failures;
}
