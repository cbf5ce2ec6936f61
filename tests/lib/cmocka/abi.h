// SPDX-License-Identifier: MIT
// The real <cmocka.h>, for C++: the compiler compares its prototypes and types with ours.
#ifndef CMOCKA_GTEST_ABI_H
#define CMOCKA_GTEST_ABI_H

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

extern "C" {
#include <cmocka.h>

// Since 1.1.6.
void _assert_double_equal(double a, double b, double epsilon, const char *file, int line);
void _assert_double_not_equal(double a, double b, double epsilon, const char *file, int line);

// Exported, but declared in no header of 1.1.5.
void cm_print_error(const char *format, ...) CMOCKA_PRINTF_ATTRIBUTE(1, 2);
}

// Without this the macros would rewrite C++ code, the standard library's too.
#undef fail
#undef skip
#undef mock
#undef run_test
#undef run_tests
#undef run_group_tests

#endif
