/* SPDX-License-Identifier: MIT */
/* A signal that nobody catches ends the process with it. */
#include "program.h"

#include <stdlib.h>

static void passes(void **state) {
    (void)state;
}

static void aborts(void **state) {
    (void)state;
    abort();
}

int main(void) {
    const struct CMUnitTest crash[] = {cmocka_unit_test(passes), cmocka_unit_test(aborts), cmocka_unit_test(passes)};
    return cmocka_run_group_tests(crash, NULL, NULL);
}
