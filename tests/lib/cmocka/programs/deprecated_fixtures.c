/* SPDX-License-Identifier: MIT */
/* Failing fixtures of the deprecated lists. libcmocka lists them by their own names, GoogleTest
 * by their test's. */
#include "program.h"

static int ran;

static void passes(void **state) {
    (void)state;
    ++ran;
}

static void fails(void **state) {
    (void)state;
    fail();
}

static void allocates(void **state) {
    *state = test_malloc(1);
}
static void forgets(void **state) {
    assert_non_null(*state);
}

int main(void) {
    const UnitTest list[] = {
        unit_test_setup(passes, fails), unit_test(passes), /* neither runs */
        unit_test_teardown(passes, fails),                 /* runs, and the teardown fails */
        unit_test_teardown(fails, fails),                  /* one failure */
    };
    const UnitTest group[] = {
        group_test_setup(fails),
        unit_test(passes),
        group_test_teardown(fails),
    };
    const UnitTest forgetful[] = {
        group_test_setup(allocates),
        unit_test(passes),
        group_test_teardown(forgets),
    };
    const UnitTest unbalanced[] = {
        _unit_test_setup(passes, passes),
        unit_test(passes),
    };
    if (run_tests(list) != 3 || ran != 1)
        return 1;
    if (run_group_tests(group) != 2 || ran != 2)
        return 2;
    if (run_group_tests(forgetful) != 1)
        return 3;
    if (_run_group_tests(group, 0) != -1)
        return 4;
    return run_tests(unbalanced) == -1 ? 0 : 5;
}
