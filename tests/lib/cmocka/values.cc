// SPDX-License-Identifier: MIT
#include "values.h"

#include "compare.h"
#include "message.h"
#include "queues.h"
#include "running.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace cmocka_gtest;

namespace {

using Check = std::function<bool(LargestIntegralType)>;

thread_local Queues<LargestIntegralType> returns;
thread_local Queues<Check> parameters;

void say_unreturned(const char *function, const char *) {
    say("%s() has remaining non-returned values.\n", function);
}

void say_unchecked(const char *function, const char *parameter) {
    say("%s: '%s' parameter still has values that haven't been checked.\n", function, parameter);
}

void say_previous(SourceLocation previous, const char *what) {
    if (previous.file != nullptr)
        say("%s:%d: note: Previously %s was declared here\n", previous.file, previous.line, what);
    else
        say("There were no previously declared values for this test.\n");
}

// For arguments from which no expectation can be made.
void require(bool holds, const char *why, const char *file, int line) {
    if (!holds) {
        say("%s\n", why);
        leave_failing({file, line});
    }
}

// Unreadable memory ends the test here, before there is a copy that the jump would lose.
void require_readable(const void *memory, size_t size, const char *file, int line) {
    require(memory != nullptr && size != 0, "nothing to expect", file, line);
    auto bytes = static_cast<const volatile unsigned char *>(memory);
    for (size_t i = 0; i < size; ++i)
        (void)bytes[i];
}

void expect(const char *function, const char *parameter, const char *file, int line, Check check, int count) {
    parameters.add(function, parameter, {std::move(check), {file, line}, Times(count)});
}

const char *text_of(LargestIntegralType value) {
    return reinterpret_cast<const char *>(value);
}
const void *memory_of(LargestIntegralType value) {
    return reinterpret_cast<const void *>(value);
}

} // namespace

SourceLocation cmocka_gtest::find_unused_values() {
    SourceLocation unreturned = returns.find_unused(say_unreturned);
    SourceLocation unchecked = parameters.find_unused(say_unchecked);
    return unreturned.file != nullptr ? unreturned : unchecked;
}

void cmocka_gtest::forget_values() {
    returns.forget();
    parameters.forget();
}

extern "C" {

void _will_return(const char *function, const char *file, int line, LargestIntegralType value, int count) {
    require(count != 0, "a count of 0 returns nothing", file, line);
    returns.add(function, "", {value, {file, line}, Times(count)});
}

LargestIntegralType _mock(const char *function, const char *file, int line) {
    SourceLocation previous = returns.last();
    auto entry = returns.next(function, "");
    if (entry == nullptr) {
        say("error: Could not get value to mock function %s\n", function);
        say_previous(previous, "returned mock value");
        leave_failing({file, line});
    }
    return entry->value;
}

void _check_expected(const char *function, const char *parameter, const char *file, int line,
                     LargestIntegralType value) {
    SourceLocation previous = parameters.last();
    auto entry = parameters.next(function, parameter);
    if (entry == nullptr) {
        say("error: Could not get value to check parameter %s of function %s\n", parameter, function);
        say_previous(previous, "declared parameter value");
        leave_failing({file, line});
    }
    if (!entry->value(value)) {
        say("error: Check of parameter %s, function %s failed\n", parameter, function);
        say("%s:%d: note: Expected parameter declared here\n", entry->declared.file, entry->declared.line);
        leave_failing({file, line});
    }
}

// An event, if there is one, comes from malloc() and must be freed here.
void _expect_check(const char *function, const char *parameter, const char *file, int line, CheckParameterValue check,
                   LargestIntegralType data, CheckParameterEvent *event, int count) {
    std::shared_ptr<CheckParameterEvent> owned(event, free);
    if (event != nullptr)
        *event = {{file, line}, parameter, check, data};
    expect(
        function, parameter, file, line,
        [check, data, owned](LargestIntegralType value) { return check(value, data) != 0; }, count);
}

void _expect_any(const char *function, const char *parameter, const char *file, int line, int count) {
    expect(
        function, parameter, file, line, [](LargestIntegralType) { return true; }, count);
}

void _expect_value(const char *function, const char *parameter, const char *file, int line,
                   LargestIntegralType expected, int count) {
    expect(
        function, parameter, file, line, [=](LargestIntegralType value) { return equal(value, expected); }, count);
}

void _expect_not_value(const char *function, const char *parameter, const char *file, int line,
                       LargestIntegralType expected, int count) {
    expect(
        function, parameter, file, line, [=](LargestIntegralType value) { return not_equal(value, expected); }, count);
}

// The string is the caller's for as long as it is expected. Only memory and sets are copied.
void _expect_string(const char *function, const char *parameter, const char *file, int line, const char *expected,
                    int count) {
    expect(
        function, parameter, file, line, [=](LargestIntegralType value) { return equal(text_of(value), expected); },
        count);
}

void _expect_not_string(const char *function, const char *parameter, const char *file, int line, const char *expected,
                        int count) {
    expect(
        function, parameter, file, line, [=](LargestIntegralType value) { return not_equal(text_of(value), expected); },
        count);
}

void _expect_memory(const char *function, const char *parameter, const char *file, int line, const void *memory,
                    size_t size, int count) {
    require_readable(memory, size, file, line);
    expect(
        function, parameter, file, line,
        [bytes = std::string(static_cast<const char *>(memory), size)](LargestIntegralType value) {
            return equal(memory_of(value), static_cast<const void *>(bytes.data()), bytes.size());
        },
        count);
}

void _expect_not_memory(const char *function, const char *parameter, const char *file, int line, const void *memory,
                        size_t size, int count) {
    require_readable(memory, size, file, line);
    expect(
        function, parameter, file, line,
        [bytes = std::string(static_cast<const char *>(memory), size)](LargestIntegralType value) {
            return not_equal(memory_of(value), static_cast<const void *>(bytes.data()), bytes.size());
        },
        count);
}

void _expect_in_range(const char *function, const char *parameter, const char *file, int line,
                      LargestIntegralType minimum, LargestIntegralType maximum, int count) {
    expect(
        function, parameter, file, line, [=](LargestIntegralType value) { return in_range(value, minimum, maximum); },
        count);
}

void _expect_not_in_range(const char *function, const char *parameter, const char *file, int line,
                          LargestIntegralType minimum, LargestIntegralType maximum, int count) {
    expect(
        function, parameter, file, line,
        [=](LargestIntegralType value) { return not_in_range(value, minimum, maximum); }, count);
}

void _expect_in_set(const char *function, const char *parameter, const char *file, int line,
                    const LargestIntegralType values[], size_t size, int count) {
    require_readable(values, size * sizeof(*values), file, line);
    expect(
        function, parameter, file, line,
        [set = std::vector(values, values + size)](LargestIntegralType value) {
            return in_set(value, set.data(), set.size());
        },
        count);
}

void _expect_not_in_set(const char *function, const char *parameter, const char *file, int line,
                        const LargestIntegralType values[], size_t size, int count) {
    require_readable(values, size * sizeof(*values), file, line);
    expect(
        function, parameter, file, line,
        [set = std::vector(values, values + size)](LargestIntegralType value) {
            return not_in_set(value, set.data(), set.size());
        },
        count);
}
}
