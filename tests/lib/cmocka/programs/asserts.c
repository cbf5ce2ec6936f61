/* SPDX-License-Identifier: MIT */
/* Each assertion once when it holds and once when it fails. */
#include "program.h"

#include <errno.h>
#include <limits.h>

static const LargestIntegralType odd[] = {1, 3, 5};

static void hold(void **state) {
    (void)state;
    int here = 0;
    assert_true(1);
    assert_false(0);
    assert_null(NULL);
    assert_non_null(&here);
    assert_ptr_equal(&here, &here);
    assert_ptr_not_equal(&here, &odd);
    assert_return_code(0, 0);
    assert_return_code(INT_MAX - 1, 0);
    assert_float_equal(1.0f, 1.05f, 0.1f);
    assert_float_not_equal(1.0f, 1.2f, 0.1f);
    assert_float_equal(1e8f, 1e8f + 8, 0.1f); /* neighbours */
    assert_int_equal(-1, -1);
    assert_int_not_equal(1, 2);
    assert_string_equal("one", "one");
    assert_string_not_equal("one", "two");
    assert_memory_equal("one", "onf", 2);
    assert_memory_not_equal("one", "onf", 3);
    assert_in_range(5, 5, 7);
    assert_not_in_range(8, 5, 7);
    assert_in_set(3, odd, 3);
    assert_not_in_set(4, odd, 3);
}

#define FAILING(name, assertion)                                                                                       \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        assertion;                                                                                                     \
        print_message("unreachable\n");                                                                                \
    }

FAILING(not_true, assert_true(1 > 2))
FAILING(not_false, assert_false(2 > 1))
FAILING(not_null, assert_null(odd))
FAILING(is_null, assert_non_null(NULL))
FAILING(pointers_differ, assert_ptr_equal(odd, NULL))
FAILING(pointers_equal, assert_ptr_not_equal(odd, odd))
FAILING(error_code, assert_return_code(-1, EBADF))
FAILING(error_code_without_errno, assert_return_code(-1, 0))
FAILING(largest_int_is_an_error, assert_return_code(INT_MAX, 0))
FAILING(negative_byte, assert_return_code((signed char)-1, 0))
FAILING(largest_short, assert_return_code((short)SHRT_MAX, 0))
FAILING(negative_long, assert_return_code(-1L, 0))
FAILING(floats_differ, assert_float_equal(1.0f, 1.2f, 0.1f))
FAILING(floats_equal, assert_float_not_equal(1.0f, 1.05f, 0.1f))
FAILING(ints_differ, assert_int_equal(17, 18))
FAILING(ints_equal, assert_int_not_equal(17, 17))
FAILING(strings_differ, assert_string_equal("left", "right"))
FAILING(strings_equal, assert_string_not_equal("left", "left"))
FAILING(no_string, assert_string_equal("left", *(const char *volatile *)state))
FAILING(memory_differs, assert_memory_equal("abc\200", "axc\177", 4))
FAILING(memory_differs_much, assert_memory_equal("aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb", 20))
FAILING(memory_equal, assert_memory_not_equal("abc", "abc", 3))
FAILING(no_memory_is_equal, assert_memory_not_equal("abc", "xyz", 0))
FAILING(below_range, assert_in_range(4, 5, 7))
FAILING(at_end_of_range, assert_not_in_range(7, 5, 7))
FAILING(not_in_set, assert_in_set(4, odd, 3))
FAILING(is_in_set, assert_not_in_set(3, odd, 3))
FAILING(fails, fail())
FAILING(fails_with_a_message, fail_msg("%d bottles", 17))
FAILING(float_that_is_no_number, assert_float_not_equal(__builtin_nanf(""), 1.0f, 0.1f))

int main(void) {
    const struct CMUnitTest asserts[] = {
        cmocka_unit_test(hold),
        cmocka_unit_test(not_true),
        cmocka_unit_test(not_false),
        cmocka_unit_test(not_null),
        cmocka_unit_test(is_null),
        cmocka_unit_test(pointers_differ),
        cmocka_unit_test(pointers_equal),
        cmocka_unit_test(error_code),
        cmocka_unit_test(error_code_without_errno),
        cmocka_unit_test(largest_int_is_an_error),
        cmocka_unit_test(negative_byte),
        cmocka_unit_test(largest_short),
        cmocka_unit_test(negative_long),
        cmocka_unit_test(floats_differ),
        cmocka_unit_test(floats_equal),
        cmocka_unit_test(ints_differ),
        cmocka_unit_test(ints_equal),
        cmocka_unit_test(strings_differ),
        cmocka_unit_test(strings_equal),
        cmocka_unit_test(no_string),
        cmocka_unit_test(memory_differs),
        cmocka_unit_test(memory_differs_much),
        cmocka_unit_test(memory_equal),
        cmocka_unit_test(no_memory_is_equal),
        cmocka_unit_test(below_range),
        cmocka_unit_test(at_end_of_range),
        cmocka_unit_test(not_in_set),
        cmocka_unit_test(is_in_set),
        cmocka_unit_test(fails_with_a_message),
        cmocka_unit_test(fails),
        cmocka_unit_test(float_that_is_no_number),
    };
    return cmocka_run_group_tests(asserts, NULL, NULL);
}
