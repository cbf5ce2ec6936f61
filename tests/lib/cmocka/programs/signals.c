/* SPDX-License-Identifier: MIT */
/* Signals that fail a test, and tests after them. */
#include "program.h"

#include <signal.h>
#include <string.h>

#define RAISING(name)                                                                                                  \
    static void raises_##name(void **state) {                                                                          \
        (void)state;                                                                                                   \
        raise(name);                                                                                                   \
    }

RAISING(SIGFPE)
RAISING(SIGILL)
RAISING(SIGSEGV)
RAISING(SIGBUS)
RAISING(SIGSYS)

static void reads_nowhere(void **state) {
    (void)state;
    char *volatile nowhere = (char *)(uintptr_t)16;
    *nowhere = 1;
}

static void takes(const char *text, int number) {
    check_expected(text);
    check_expected(number);
}

static void expects_memory_nowhere(void **state) {
    (void)state;
    const void *volatile nowhere = (const void *)(uintptr_t)16;
    expect_memory(takes, text, nowhere, 1000);
    takes("", 0);
}

static void expects_set_nowhere(void **state) {
    (void)state;
    const LargestIntegralType *volatile nowhere = (const LargestIntegralType *)(uintptr_t)16;
    _expect_in_set("takes", "number", __FILE__, __LINE__, nowhere, 1000, 1);
}

static int setup_that_crashes(void **state) {
    (void)state;
    raise(SIGSEGV);
    return 0;
}

static void passes(void **state) {
    (void)state;
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    assert_false(sigismember(&blocked, SIGSEGV));
}

static void fails(void **state) {
    (void)state;
    assert_int_equal(3, 4);
}

int main(void) {
    const struct CMUnitTest signals[] = {
        cmocka_unit_test(raises_SIGFPE),
        cmocka_unit_test(raises_SIGILL),
        cmocka_unit_test(raises_SIGSEGV),
        cmocka_unit_test(passes),
        cmocka_unit_test(raises_SIGBUS),
        cmocka_unit_test(raises_SIGSYS),
        cmocka_unit_test(reads_nowhere),
        cmocka_unit_test(reads_nowhere),
        cmocka_unit_test(expects_memory_nowhere),
        cmocka_unit_test(expects_set_nowhere),
        cmocka_unit_test_setup(passes, setup_that_crashes),
        cmocka_unit_test(passes),
        cmocka_unit_test(fails),
    };
    struct sigaction before, after;
    sigaction(SIGSEGV, NULL, &before);
    int failures = cmocka_run_group_tests(signals, NULL, NULL);
    sigaction(SIGSEGV, NULL, &after);
    return failures + 100 * (before.sa_handler != after.sa_handler);
}
