/* SPDX-License-Identifier: MIT */
/* The heap of a test. Accesses beyond a block stay inside the allocation, where its guards are. */
#include "program.h"

#include <string.h>

static void blocks_are_usable(void **state) {
    (void)state;
    char *block = test_malloc(10);
    assert_int_equal((unsigned char)block[9], 0xBA);
    memset(block, 'x', 10);
    block = test_realloc(block, 20);
    assert_memory_equal(block, "xxxxxxxxxx", 10);
    block = test_realloc(block, 3);
    assert_memory_equal(block, "xxx", 3);
    assert_null(test_realloc(block, 0));
    int *numbers = test_calloc(3, sizeof(*numbers));
    assert_int_equal(numbers[2], 0);
    test_free(numbers);
    test_free(NULL);
    test_free(test_realloc(NULL, 5));
    test_free(test_malloc(0));
}

static void leaks(void **state) {
    (void)state;
    test_free(test_malloc(1));
    char *kept = test_malloc(2);
    memset(kept, 0, 2);
    kept = test_calloc(3, 4);
    memset(kept, 0, 2);
    kept = test_realloc(NULL, 5);
    memset(kept, 0, 2);
}

static void writes_behind(void **state) {
    (void)state;
    char *block = test_malloc(8);
    char *volatile end = block + 8;
    *end = 0;
    test_free(block);
}

static void writes_before(void **state) {
    (void)state;
    char *block = test_malloc(8);
    char *volatile begin = block - 1;
    *begin = 0;
    block = test_realloc(block, 9);
}

static int allocate(void **state) {
    *state = test_malloc(4);
    return 0;
}

static int release(void **state) {
    test_free(*state);
    return 0;
}

static int forget(void **state) {
    (void)state;
    return 0;
}

static void uses(void **state) {
    assert_non_null(*state);
}

int main(void) {
    const struct CMUnitTest allocation[] = {
        cmocka_unit_test(blocks_are_usable),
        cmocka_unit_test(leaks),
        cmocka_unit_test_setup_teardown(uses, allocate, release),
        cmocka_unit_test_setup_teardown(uses, allocate, forget),
    };
    const struct CMUnitTest damaged[] = {
        cmocka_unit_test(writes_behind),
        cmocka_unit_test(writes_before),
    };
    int failures = cmocka_run_group_tests(allocation, NULL, NULL);
    /* Ends the process: the blocks cannot be freed. */
    return failures + cmocka_run_group_tests(damaged, NULL, NULL);
}
