/* SPDX-License-Identifier: MIT */
/* The fixtures of a group without a test run too. */
#include "program.h"

static int runs;

static int count(void **state) {
    (void)state;
    ++runs;
    return 0;
}

static int return_error(void **state) {
    (void)state;
    return 1;
}

static void passes(void **state) {
    (void)state;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(passes)};
    int failures = _cmocka_run_group_tests("empty", tests, 0, count, count);
    failures += 10 * _cmocka_run_group_tests("empty with a bad setup", tests, 0, return_error, count);
    failures += cmocka_run_group_tests(tests, count, count);
    return failures + 100 * (runs != 5);
}
