// SPDX-License-Identifier: MIT
#include "message.h"

#include "abi.h"

#include <cstdio>
#include <utility>

namespace cmocka_gtest {

namespace {

thread_local std::string message;
thread_local std::string printed;

void append(std::string &text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(nullptr, 0, format, arguments);
    if (length > 0) {
        size_t before = text.size();
        text.resize(before + static_cast<size_t>(length) + 1);
        vsnprintf(&text[before], static_cast<size_t>(length) + 1, format, again);
        text.pop_back();
    }
    va_end(again);
}

} // namespace

void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append(message, format, arguments);
    va_end(arguments);
}

std::string take_message() {
    printed.clear();
    return std::exchange(message, {});
}

void remember_printed(const char *format, va_list arguments) {
    printed.clear();
    append(printed, format, arguments);
}

void say_what_was_printed() {
    message += printed;
}

} // namespace cmocka_gtest

extern "C" void cm_print_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    cmocka_gtest::append(cmocka_gtest::message, format, arguments);
    va_end(arguments);
}
