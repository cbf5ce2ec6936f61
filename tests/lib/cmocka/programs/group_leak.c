/* SPDX-License-Identifier: MIT */
/* A block that a failing test leaves is found at the end of the group, and ends the process. */
#include "program.h"

static void fails_holding_a_block(void **state) {
    (void)state;
    assert_null(test_malloc(8));
}

static void passes(void **state) {
    (void)state;
}

int main(void) {
    const struct CMUnitTest group_leak[] = {
        cmocka_unit_test(fails_holding_a_block),
        cmocka_unit_test(passes),
    };
    cmocka_run_group_tests(group_leak, NULL, NULL);
    return 3;
}
