/* SPDX-License-Identifier: MIT */
/* Another thread has a heap of its own: it may free the test's block, and blocks that it keeps
 * are no leak of the test. */
#include "program.h"

#include <pthread.h>

static void *passing(void *block) {
    test_free(block);
    assert_int_equal(1, 1);
    return test_malloc(4);
}

static void thread_that_passes(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, passing, test_malloc(3)), 0);
    pthread_join(thread, NULL);
}

int main(void) {
    const struct CMUnitTest threads[] = {cmocka_unit_test(thread_that_passes)};
    return cmocka_run_group_tests(threads, NULL, NULL);
}
