/* SPDX-License-Identifier: MIT */
/* Mocked functions: the values that they return, and the parameters that they expect. */
#include "program.h"

#include <stdlib.h>

static LargestIntegralType odd[] = {1, 3, 5};

static int source(void) {
    return mock_type(int);
}
static const char *name(void) {
    return mock_ptr_type(const char *);
}

static void sink(int number, const char *text) {
    check_expected(number);
    check_expected_ptr(text);
}

static void number_only(int number) {
    check_expected(number);
}
static void text_only(const char *text) {
    check_expected_ptr(text);
}

static int is_double(const LargestIntegralType value, const LargestIntegralType half) {
    return value == 2 * half;
}

static int fails_itself(const LargestIntegralType value, const LargestIntegralType expected) {
    assert_int_equal(value, expected);
    return 1;
}

static void returns_in_order(void **state) {
    (void)state;
    will_return(source, 1);
    will_return_count(source, 2, 2);
    will_return(name, "x");
    assert_int_equal(source(), 1);
    assert_int_equal(source(), 2);
    assert_string_equal(name(), "x");
    assert_int_equal(source(), 2);
}

static void returns_always(void **state) {
    (void)state;
    will_return_always(source, 7);
    for (int i = 0; i < 5; ++i)
        assert_int_equal(source(), 7);
}

static void returns_maybe(void **state) {
    (void)state;
    will_return_maybe(source, 7);
    will_return_maybe(name, "");
    assert_int_equal(source(), 7);
    assert_int_equal(source(), 7);
}

static void all_expectations_hold(void **state) {
    (void)state;
    expect_value(sink, number, 3);
    expect_string(sink, text, "text");
    sink(3, "text");
    expect_not_value(sink, number, 3);
    expect_not_string(sink, text, "text");
    sink(4, "other");
    expect_in_range(sink, number, 1, 5);
    expect_memory(sink, text, "texture", 4);
    sink(5, "text");
    expect_not_in_range(sink, number, 1, 5);
    expect_not_memory(sink, text, "texture", 5);
    sink(6, "text");
    expect_in_set(sink, number, odd);
    expect_any(sink, text);
    sink(5, NULL);
    expect_not_in_set(sink, number, odd);
    expect_check(sink, text, is_double, (uintptr_t)2);
    sink(2, (const char *)(uintptr_t)4);
}

static void counted_expectations_hold(void **state) {
    (void)state;
    expect_value_count(sink, number, 3, 2);
    expect_any_always(sink, text);
    sink(3, "a");
    sink(3, "b");
    expect_any_count(sink, number, 2);
    sink(17, "c");
    sink(18, "d");
    expect_value_count(number_only, number, 5, WILL_RETURN_ONCE);
}

static void event_of_the_caller(void **state) {
    (void)state;
    CheckParameterEvent *event = malloc(sizeof(*event));
    _expect_check("number_only", "number", __FILE__, __LINE__, is_double, 4, event, 1);
    number_only(8);
}

static void copies_what_it_expects(void **state) {
    (void)state;
    char memory[] = "text";
    LargestIntegralType set[] = {8};
    expect_memory(text_only, text, memory, 4);
    expect_in_set(number_only, number, set);
    memory[0] = 'n';
    set[0] = 9;
    text_only("text");
    number_only(8);
}

static void expectation_that_jumps(void **state) {
    (void)state;
    expect_memory(text_only, text, "kept", 4);
    expect_check(number_only, number, fails_itself, (uintptr_t)4);
    number_only(5);
}

#define FAILING(name, ...)                                                                                             \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        __VA_ARGS__;                                                                                                   \
    }

FAILING(nothing_to_return, source())
FAILING(nothing_more_to_return, will_return(source, 1); source(); source())
FAILING(nothing_to_check, number_only(1))
FAILING(nothing_more_to_check, expect_value(number_only, number, 1); number_only(1); number_only(1))
FAILING(returns_left, will_return(source, 1); will_return(source, 2); will_return(name, NULL); source())
FAILING(always_but_never, will_return_always(source, 1))
FAILING(behind_a_maybe, will_return_maybe(source, 1); will_return(source, 2))
FAILING(parameters_left, expect_value_count(sink, number, 1, 2); expect_any(sink, text); sink(1, NULL))
FAILING(another_value, expect_value(number_only, number, 3); number_only(4))
FAILING(the_value, expect_not_value(number_only, number, 3); number_only(3))
FAILING(another_string, expect_string(text_only, text, "text"); text_only("test"))
FAILING(the_string, expect_not_string(text_only, text, "text"); text_only("text"))
FAILING(other_memory, expect_memory(text_only, text, "text", 4); text_only("test"))
FAILING(the_memory, expect_not_memory(text_only, text, "text", 4); text_only("text"))
FAILING(out_of_range, expect_in_range(number_only, number, 1, 3); number_only(4))
FAILING(in_range, expect_not_in_range(number_only, number, 1, 3); number_only(3))
FAILING(not_in_set, expect_in_set(number_only, number, odd); number_only(2))
FAILING(in_set, expect_not_in_set(number_only, number, odd); number_only(3))
FAILING(check_says_no, expect_check(number_only, number, is_double, (uintptr_t)2); number_only(5))
FAILING(zero_times, expect_value_count(number_only, number, 3, 0); number_only(3))
FAILING(zero_times_and_never, expect_value_count(number_only, number, 3, 0))

int main(void) {
    const struct CMUnitTest values[] = {
        cmocka_unit_test(returns_in_order),
        cmocka_unit_test(returns_always),
        cmocka_unit_test(returns_maybe),
        cmocka_unit_test(all_expectations_hold),
        cmocka_unit_test(counted_expectations_hold),
        cmocka_unit_test(event_of_the_caller),
        cmocka_unit_test(copies_what_it_expects),
        cmocka_unit_test(expectation_that_jumps),
        cmocka_unit_test(nothing_to_return),
        cmocka_unit_test(nothing_more_to_return),
        cmocka_unit_test(nothing_to_check),
        cmocka_unit_test(nothing_more_to_check),
        cmocka_unit_test(returns_left),
        cmocka_unit_test(always_but_never),
        cmocka_unit_test(behind_a_maybe),
        cmocka_unit_test(parameters_left),
        cmocka_unit_test(another_value),
        cmocka_unit_test(the_value),
        cmocka_unit_test(another_string),
        cmocka_unit_test(the_string),
        cmocka_unit_test(other_memory),
        cmocka_unit_test(the_memory),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(in_range),
        cmocka_unit_test(not_in_set),
        cmocka_unit_test(in_set),
        cmocka_unit_test(check_says_no),
        cmocka_unit_test(zero_times),
        cmocka_unit_test(zero_times_and_never),
    };
    return cmocka_run_group_tests(values, NULL, NULL);
}
