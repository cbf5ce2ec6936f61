// SPDX-License-Identifier: MIT
#include "message.h"

#include "text.h"

#include <cstdio>

namespace exeseal_tool {

void complain(const char *object, const char *text) {
    fprintf(stderr, "exeseal: %s: %s\n", object, text);
}

void print_lines(const char *text) {
    for (Line line; take_line(text, line);)
        fprintf(stderr, "exeseal:   %.*s\n", line.length, line.text);
}

void print_report(const exeseal_report &report) {
    char text[8192];
    if (exeseal_report_format(&report, sizeof report, text, sizeof text) >= 0)
        print_lines(text);
}

} // namespace exeseal_tool
