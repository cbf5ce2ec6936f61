/* SPDX-License-Identifier: MIT */
/* An assertion that fails in a thread without a test ends the process. */
#include "program.h"

#include <pthread.h>

static void *failing(void *unused) {
    assert_int_equal(1, 2);
    return unused;
}

static void thread_that_fails(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, failing, NULL), 0);
    pthread_join(thread, NULL);
}

int main(void) {
    const struct CMUnitTest thread_fails[] = {cmocka_unit_test(thread_that_fails)};
    return cmocka_run_group_tests(thread_fails, NULL, NULL);
}
