/* SPDX-License-Identifier: MIT */
/* Fixtures print their names to show the order. Two groups have the name `tests`. */
#include "groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#define FIXTURE(name)                                                                                                  \
    static int name(void **state) {                                                                                    \
        (void)state;                                                                                                   \
        print_message("<" #name ">\n");                                                                                \
        return 0;                                                                                                      \
    }

FIXTURE(setup_one)
FIXTURE(teardown_one)
FIXTURE(setup_two)
FIXTURE(teardown_two)
FIXTURE(setup_none)
FIXTURE(teardown_none)

static void red(void **state) {
    (void)state;
}
static void green(void **state) {
    (void)state;
    const char *directory = getenv("TEST_CHDIR");
    if (directory != NULL)
        assert_int_equal(chdir(directory), 0);
}
static void blue(void **state) {
    (void)state;
}
static void DISABLED_black(void **state) {
    (void)state;
}

/* Only if requested. */
static void failing(void **state) {
    (void)state;
    if (getenv("GROUPS_FAIL") != NULL)
        fail_msg("asked for & <done>");
}

static int run_one(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(red),
        cmocka_unit_test(green),
        cmocka_unit_test(blue),
        cmocka_unit_test(failing),
    };
    return cmocka_run_group_tests(tests, setup_one, teardown_one);
}

static int run_two(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(red),
        cmocka_unit_test(DISABLED_black),
    };
    return cmocka_run_group_tests(tests, setup_two, teardown_two);
}

/* Without a test. */
static int run_none(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(red)};
    return _cmocka_run_group_tests("none", tests, 0, setup_none, teardown_none);
}

int run_groups(void) {
    int failures = run_one();
    failures += run_two();
    return failures + run_none();
}
