// SPDX-License-Identifier: MIT
// Has texts of bounded length, and prints them for a person.
#pragma once

#include <cstddef>
#include <cstdio>

namespace exeseal_tool {

// Text that does not fit is cut.
struct Sentence {
    char text[2048] = "";
    size_t length = 0;

    __attribute__((format(printf, 2, 3))) void add(const char *format, ...);
};

struct Line {
    const char *text = nullptr; // not NUL-terminated
    int length = 0;
};

// Takes the first line off the text. Returns false if the text is empty.
bool take_line(const char *&text, Line &line);

// Returns the byte, or '?' if it is not printable ASCII. Text may come from a file or its name.
constexpr char shown(char byte) {
    return byte < ' ' || byte > '~' ? '?' : byte;
}

// Prints the text with each byte as shown() returns it.
void print_printable(FILE *out, const char *text, size_t length);

// Prints the text in the same way on standard output, in lines of `columns`. The first line has
// `used` columns already; the others begin in column `indent`.
void print_wrapped(const char *text, size_t used, size_t indent, size_t columns = 100);

// Prints one word in the same way, padded with spaces.
void print_padded(const char *text, size_t columns);

// Prints a path and a newline on standard output: escaped on a terminal, exact otherwise, for
// programs.
void print_path(const char *path);

} // namespace exeseal_tool
