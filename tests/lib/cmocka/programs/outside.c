/* SPDX-License-Identifier: MIT */
/* An assertion that fails while no test runs ends the process. */
#include "program.h"

static void passes(void **state) {
    (void)state;
}

int main(void) {
    const struct CMUnitTest outside[] = {cmocka_unit_test(passes)};
    int failures = cmocka_run_group_tests(outside, NULL, NULL);
    assert_int_equal(failures, 1);
    return failures;
}
