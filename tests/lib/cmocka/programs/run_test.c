/* SPDX-License-Identifier: MIT */
/* Single tests of the deprecated interface. */
#include "program.h"

static void passes(void **state) {
    assert_null(*state);
}

static void fails(void **state) {
    (void)state;
    fail();
}

int main(void) {
    return 100 * run_test(passes) + run_test(fails) +
           10 * _run_test(NULL, fails, NULL, UNIT_TEST_FUNCTION_TYPE_TEST, NULL);
}
