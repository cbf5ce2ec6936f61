/* SPDX-License-Identifier: MIT */
/* Fixtures of tests and of groups, and several groups in one program. */
#include "program.h"

static int number = 17;
static int answer;

static int set_number(void **state) {
    *state = &number;
    return 0;
}

static int clear(void **state) {
    assert_ptr_equal(*state, &number);
    *state = NULL;
    return 0;
}

static int return_error(void **state) {
    (void)state;
    return 4;
}

static int fail_in_fixture(void **state) {
    (void)state;
    fail_msg("a fixture's own");
    return 0;
}

static int expects_too_much(void **state) {
    (void)state;
    will_return(a_function, 1);
    return 0;
}

static int leak_in_teardown(void **state) {
    (void)state;
    return test_malloc(3) == NULL;
}

static void sees_number(void **state) {
    assert_ptr_equal(*state, &number);
    *state = NULL; /* each test has a state of its own */
}

static void sees_answer(void **state) {
    assert_ptr_equal(*state, &answer);
}
static void sees_nothing(void **state) {
    assert_null(*state);
}
static void passes(void **state) {
    (void)state;
}

static void fails(void **state) {
    (void)state;
    fail();
}

static void skips(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest of_tests[] = {
        cmocka_unit_test_setup_teardown(sees_number, set_number, NULL),
        cmocka_unit_test_setup(sees_number, set_number),
        cmocka_unit_test_teardown(sees_nothing, return_error),
        cmocka_unit_test_prestate(sees_answer, &answer),
        cmocka_unit_test_prestate_setup_teardown(sees_number, set_number, NULL, &answer),
        cmocka_unit_test_setup(passes, return_error),
        cmocka_unit_test_setup(passes, fail_in_fixture),
        cmocka_unit_test_setup(passes, expects_too_much),
        cmocka_unit_test_teardown(passes, fail_in_fixture),
        cmocka_unit_test_teardown(fails, fail_in_fixture),
        cmocka_unit_test_teardown(skips, fail_in_fixture),
        cmocka_unit_test_teardown(passes, leak_in_teardown),
        cmocka_unit_test(sees_nothing),
        {"only_a_setup", NULL, set_number, NULL, NULL},
        {NULL, passes, NULL, NULL, NULL},
        {"nothing", NULL, NULL, NULL, NULL},
    };
    const struct CMUnitTest of_groups[] = {
        cmocka_unit_test(sees_number),
        cmocka_unit_test_prestate(sees_number, &answer),
        cmocka_unit_test(fails),
    };
    const struct CMUnitTest never[] = {
        cmocka_unit_test(passes),
        cmocka_unit_test(skips),
    };
    int failures = cmocka_run_group_tests(of_tests, NULL, NULL);
    failures += cmocka_run_group_tests(of_groups, set_number, clear);
    failures += cmocka_run_group_tests(of_groups, set_number, return_error);
    failures += cmocka_run_group_tests(of_groups, set_number, fail_in_fixture);
    failures += cmocka_run_group_tests_name("setup returns an error", never, return_error, NULL);
    failures += cmocka_run_group_tests_name("setup fails", never, fail_in_fixture, return_error);
    failures += cmocka_run_group_tests_name("setup leaves a value", never, expects_too_much, NULL);
    print_message("%d failures\n", failures);
    return failures;
}
