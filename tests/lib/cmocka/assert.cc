// SPDX-License-Identifier: MIT
// The assertions.
#include "abi.h"
#include "compare.h"
#include "message.h"
#include "running.h"

#include <climits>
#include <cstring>

using namespace cmocka_gtest;

namespace {

void require(bool holds, const char *file, int line) {
    if (!holds)
        leave_failing({file, line});
}

// A return code of this many bytes must be below this limit. The limits are libcmocka's: the type's
// largest value counts as an error, and one byte counts as unsigned.
LargestIntegralType limit_of(size_t bytes) {
    switch (bytes) {
    case 1:
        return UCHAR_MAX;
    case 2:
        return SHRT_MAX;
    case 4:
        return INT_MAX;
    default:
        return bytes > sizeof(LargestIntegralType) ? INT_MAX : INT64_MAX;
    }
}

} // namespace

extern "C" {

void _fail(const char *file, int line) {
    say_what_was_printed();
    leave_failing({file, line});
}

void _assert_true(LargestIntegralType result, const char *expression, const char *file, int line) {
    if (result == 0)
        say("%s\n", expression);
    require(result != 0, file, line);
}

void _assert_return_code(LargestIntegralType result, size_t bytes, LargestIntegralType error, const char *expression,
                         const char *file, int line) {
    bool holds = result < limit_of(bytes);
    if (!holds && error > 0)
        say("%s < 0, errno(%lu): %s\n", expression, error, strerror(static_cast<int>(error)));
    else if (!holds)
        say("%s < 0\n", expression);
    require(holds, file, line);
}

void _assert_double_equal(double a, double b, double epsilon, const char *file, int line) {
    require(equal(a, b, epsilon), file, line);
}

void _assert_double_not_equal(double a, double b, double epsilon, const char *file, int line) {
    require(not_equal(a, b, epsilon), file, line);
}

void _assert_float_equal(float a, float b, float epsilon, const char *file, int line) {
    require(equal(a, b, epsilon), file, line);
}

void _assert_float_not_equal(float a, float b, float epsilon, const char *file, int line) {
    require(not_equal(a, b, epsilon), file, line);
}

void _assert_int_equal(LargestIntegralType a, LargestIntegralType b, const char *file, int line) {
    require(equal(a, b), file, line);
}

void _assert_int_not_equal(LargestIntegralType a, LargestIntegralType b, const char *file, int line) {
    require(not_equal(a, b), file, line);
}

void _assert_string_equal(const char *a, const char *b, const char *file, int line) {
    require(equal(a, b), file, line);
}

void _assert_string_not_equal(const char *a, const char *b, const char *file, int line) {
    require(not_equal(a, b), file, line);
}

void _assert_memory_equal(const void *a, const void *b, size_t size, const char *file, int line) {
    require(equal(a, b, size), file, line);
}

void _assert_memory_not_equal(const void *a, const void *b, size_t size, const char *file, int line) {
    require(not_equal(a, b, size), file, line);
}

void _assert_in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum,
                      const char *file, int line) {
    require(in_range(value, minimum, maximum), file, line);
}

void _assert_not_in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum,
                          const char *file, int line) {
    require(not_in_range(value, minimum, maximum), file, line);
}

void _assert_in_set(LargestIntegralType value, const LargestIntegralType values[], size_t size, const char *file,
                    int line) {
    require(in_set(value, values, size), file, line);
}

void _assert_not_in_set(LargestIntegralType value, const LargestIntegralType values[], size_t size, const char *file,
                        int line) {
    require(not_in_set(value, values, size), file, line);
}
}
