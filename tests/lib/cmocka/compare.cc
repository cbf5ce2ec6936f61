// SPDX-License-Identifier: MIT
#include "compare.h"

#include "message.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace cmocka_gtest {

namespace {

constexpr size_t shown_differences = 16;

// Near enough: within epsilon, or within the type's precision at this size. The negations are
// libcmocka's: values that cannot be ordered (NaN, the difference of infinities) count as equal.
template <typename Real> bool near(Real left, Real right, Real epsilon) {
    Real difference = std::fabs(left - right);
    Real largest = std::max(std::fabs(left), std::fabs(right));
    return difference <= epsilon || !(difference > largest * std::numeric_limits<Real>::epsilon());
}

bool contains(LargestIntegralType value, const LargestIntegralType *set, size_t size) {
    return std::find(set, set + size, value) != set + size;
}

void say_set(LargestIntegralType value, const char *relation, const LargestIntegralType *set, size_t size) {
    say("%lu is %s the set (", value, relation);
    for (size_t i = 0; i < size; ++i)
        say("%s%#lx", i == 0 ? "" : ", ", set[i]);
    say(")\n");
}

} // namespace

bool equal(LargestIntegralType left, LargestIntegralType right) {
    if (left == right)
        return true;
    say("%#lx != %#lx\n", left, right);
    return false;
}

bool not_equal(LargestIntegralType left, LargestIntegralType right) {
    if (left != right)
        return true;
    say("%#lx == %#lx\n", left, right);
    return false;
}

bool equal(float left, float right, float epsilon) {
    if (near(left, right, epsilon))
        return true;
    say("%f != %f\n", static_cast<double>(left), static_cast<double>(right));
    return false;
}

bool not_equal(float left, float right, float epsilon) {
    if (!near(left, right, epsilon))
        return true;
    say("%f == %f\n", static_cast<double>(left), static_cast<double>(right));
    return false;
}

bool equal(double left, double right, double epsilon) {
    if (near(left, right, epsilon))
        return true;
    say("%f != %f\n", left, right);
    return false;
}

bool not_equal(double left, double right, double epsilon) {
    if (!near(left, right, epsilon))
        return true;
    say("%f == %f\n", left, right);
    return false;
}

// A null string raises SIGSEGV, which fails the test as with libcmocka. A sanitizer must not end
// the program before.
__attribute__((no_sanitize("undefined"))) static bool are_alike(const char *left, const char *right) {
    return strcmp(left, right) == 0;
}

bool equal(const char *left, const char *right) {
    if (are_alike(left, right))
        return true;
    say("\"%s\" != \"%s\"\n", left, right);
    return false;
}

bool not_equal(const char *left, const char *right) {
    if (!are_alike(left, right))
        return true;
    say("\"%s\" == \"%s\"\n", left, right);
    return false;
}

bool equal(const void *left, const void *right, size_t size) {
    auto a = static_cast<const unsigned char *>(left), b = static_cast<const unsigned char *>(right);
    size_t differences = 0;
    for (size_t i = 0; i < size; ++i) {
        if (a[i] != b[i] && differences++ < shown_differences)
            say("difference at offset %zu 0x%02x 0x%02x\n", i, a[i], b[i]);
    }
    if (differences == 0)
        return true;
    if (differences > shown_differences)
        say("...\n");
    say("%zu bytes of %p and %p differ\n", differences, left, right);
    return false;
}

bool not_equal(const void *left, const void *right, size_t size) {
    auto a = static_cast<const unsigned char *>(left), b = static_cast<const unsigned char *>(right);
    if (!std::equal(a, a + size, b))
        return true;
    say("%zu bytes of %p and %p are the same\n", size, left, right);
    return false;
}

bool in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum) {
    if (value >= minimum && value <= maximum)
        return true;
    say("%lu is not within the range %lu-%lu\n", value, minimum, maximum);
    return false;
}

bool not_in_range(LargestIntegralType value, LargestIntegralType minimum, LargestIntegralType maximum) {
    if (value < minimum || value > maximum)
        return true;
    say("%lu is within the range %lu-%lu\n", value, minimum, maximum);
    return false;
}

bool in_set(LargestIntegralType value, const LargestIntegralType *set, size_t size) {
    if (contains(value, set, size))
        return true;
    say_set(value, "not in", set, size);
    return false;
}

bool not_in_set(LargestIntegralType value, const LargestIntegralType *set, size_t size) {
    if (!contains(value, set, size))
        return true;
    say_set(value, "in", set, size);
    return false;
}

} // namespace cmocka_gtest
