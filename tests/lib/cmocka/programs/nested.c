/* SPDX-License-Identifier: MIT */
/* A group inside a test, and inside the fixtures of groups: the program judges its result. */
#include "program.h"

static void fails(void **state) {
    (void)state;
    fail();
}

static void passes(void **state) {
    (void)state;
}

static int run_inner(void) {
    const struct CMUnitTest inner[] = {cmocka_unit_test(fails), cmocka_unit_test(passes), cmocka_unit_test(fails)};
    return cmocka_run_group_tests(inner, NULL, NULL);
}

static void runs_a_group(void **state) {
    (void)state;
    assert_int_equal(run_inner(), 2);
}

static int fixtures;

static int run_a_group(void **state) {
    (void)state;
    ++fixtures;
    return run_inner() == 2 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest nested[] = {
        cmocka_unit_test(runs_a_group),
        cmocka_unit_test_setup_teardown(passes, run_a_group, run_a_group),
        cmocka_unit_test(passes),
    };
    int failures = cmocka_run_group_tests(nested, run_a_group, run_a_group);
    failures += _cmocka_run_group_tests("empty", nested, 0, run_a_group, run_a_group);
    return failures + 100 * (fixtures != 6);
}
