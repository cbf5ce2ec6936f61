// SPDX-License-Identifier: MIT
#include "message.h"

#include "text.h"

#include <cstdio>
#include <cstring>
#include <getopt.h>

namespace exeseal_tool {
namespace {

Sentence said; // the last complaint, with the lines below it

void print_part(const char *before, const char *text, size_t length) {
    fputs(before, stderr);
    print_printable(stderr, text, length);
}

// Cut where it is full, so an object of any length leaves room for the text.
void record(const char *object, const char *text, const char *detail) {
    said = {};
    said.add("exeseal: %.1024s: %s", object, text);
    if (detail != nullptr)
        said.add(": %s", detail);
}

} // namespace

void complain(const char *object, const char *text, const char *detail) {
    if (*object == '\0')
        object = "''";
    print_part("exeseal: ", object, strlen(object));
    print_part(": ", text, strlen(text));
    if (detail != nullptr)
        print_part(": ", detail, strlen(detail));
    fputc('\n', stderr);
    record(object, text, detail);
}

const char *last_complaint() {
    for (size_t i = 0; i < said.length; i++)
        said.text[i] = shown(said.text[i]);
    return said.text;
}

void complain_of_option(int result, char **argv) {
    const char short_option[] = {'-', static_cast<char>(optopt), '\0'};
    bool is_long = strncmp(argv[optind - 1], "--", 2) == 0;
    complain(is_long ? argv[optind - 1] : short_option,
             result == ':' ? "needs an argument; see exeseal --help" : "no such option; see exeseal --help");
}

void print_lines(const char *text) {
    const char *separator = ": ";
    for (Line line; take_line(text, line);) {
        print_part("exeseal:   ", line.text, static_cast<size_t>(line.length));
        fputc('\n', stderr);
        said.add("%s%.*s", separator, line.length, line.text);
        separator = "; ";
    }
}

void print_report(const exeseal_report &report) {
    char text[8192];
    if (exeseal_report_format(&report, sizeof report, text, sizeof text) >= 0)
        print_lines(text);
}

} // namespace exeseal_tool
