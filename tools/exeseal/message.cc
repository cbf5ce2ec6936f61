// SPDX-License-Identifier: MIT
#include "message.h"

#include <cstdio>
#include <cstring>

namespace exeseal_tool {

void complain(const char *object, const char *text) {
    fprintf(stderr, "exeseal: %s: %s\n", object, text);
}

void print_report(const exeseal_report &report) {
    char text[8192];
    if (exeseal_report_format(&report, sizeof report, text, sizeof text) < 0)
        return;
    for (char *line = text, *end; (end = strchr(line, '\n')) != nullptr; line = end + 1)
        fprintf(stderr, "exeseal:   %.*s\n", static_cast<int>(end - line), line);
}

} // namespace exeseal_tool
