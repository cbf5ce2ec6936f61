// SPDX-License-Identifier: MIT
// What a test said on its way to a failure.
#ifndef CMOCKA_GTEST_MESSAGE_H
#define CMOCKA_GTEST_MESSAGE_H

#include <string>

namespace cmocka_gtest {

// Adds to the message; it is seen only if the function that runs fails.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The message so far, and none from now on.
std::string take_message();

// fail_msg() prints its text and then fails without one: the failure takes what was printed last.
void remember_printed(const char *format, __builtin_va_list arguments);
void say_what_was_printed();

} // namespace cmocka_gtest

#endif
