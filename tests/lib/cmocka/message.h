// SPDX-License-Identifier: MIT
// The message that a test prints on its way to a failure.
#ifndef CMOCKA_GTEST_MESSAGE_H
#define CMOCKA_GTEST_MESSAGE_H

#include <string>

namespace cmocka_gtest {

// Adds to the message. It is shown only if the running function fails.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Returns the message so far and clears it.
std::string take_message();

// fail_msg() prints its text and then fails without one, so the failure uses the text printed last.
void remember_printed(const char *format, __builtin_va_list arguments);
void say_what_was_printed();

} // namespace cmocka_gtest

#endif
