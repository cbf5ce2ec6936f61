/* SPDX-License-Identifier: MIT */
/* A group inside a test leaves a block behind, which ends the process. */
#include "program.h"

static int leak(void **state) {
    *state = test_malloc(1);
    return 0;
}

static void passes(void **state) {
    (void)state;
}

static void runs_a_group(void **state) {
    (void)state;
    const struct CMUnitTest inner[] = {cmocka_unit_test(passes)};
    cmocka_run_group_tests(inner, leak, NULL);
}

int main(void) {
    const struct CMUnitTest nested[] = {cmocka_unit_test(runs_a_group)};
    return cmocka_run_group_tests(nested, NULL, NULL);
}
