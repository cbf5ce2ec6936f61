// SPDX-License-Identifier: MIT
// The printing functions. GoogleTest presents the results, so cmocka's output formats are accepted
// and ignored.
#include "abi.h"
#include "message.h"

#include <cstdio>

extern "C" {

void vprint_message(const char *format, va_list arguments) {
    vprintf(format, arguments);
    fflush(stdout);
}

void vprint_error(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    cmocka_gtest::remember_printed(format, again);
    va_end(again);
    vfprintf(stderr, format, arguments);
    fflush(stderr);
}

void print_message(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprint_message(format, arguments);
    va_end(arguments);
}

void print_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprint_error(format, arguments);
    va_end(arguments);
}

void cmocka_set_message_output(enum cm_message_output) {}
}
