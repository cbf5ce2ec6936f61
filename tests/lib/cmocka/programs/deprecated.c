/* SPDX-License-Identifier: MIT */
/* The deprecated lists, with fixtures among the tests. */
#include "program.h"

static int number;

static void set_number(void **state) {
    *state = &number;
}
static void check_number(void **state) {
    assert_ptr_equal(*state, &number);
}
static void sees_number(void **state) {
    assert_ptr_equal(*state, &number);
}
static void sees_nothing(void **state) {
    assert_null(*state);
}
static void fails(void **state) {
    (void)state;
    fail();
}

static void leaves_a_value(void **state) {
    (void)state;
    will_return(a_function, 1);
}

static void allocates(void **state) {
    *state = test_malloc(4);
}
static void releases(void **state) {
    test_free(*state);
}

static void leaks(void **state) {
    (void)state;
    allocates(state);
}

int main(void) {
    const UnitTest list[] = {
        unit_test(sees_nothing),
        unit_test_setup_teardown(sees_number, set_number, check_number),
        unit_test_setup(sees_number, set_number),
        unit_test(fails),
        unit_test(leaves_a_value),
        unit_test_setup_teardown(fails, allocates, releases),
        unit_test_teardown(sees_nothing, sees_nothing),
        unit_test(leaks),
    };
    const UnitTest group[] = {
        group_test_setup(set_number),      unit_test(sees_number), unit_test(fails), unit_test(sees_number),
        group_test_teardown(check_number),
    };
    return 10 * run_tests(list) + run_group_tests(group);
}
