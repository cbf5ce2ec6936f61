// SPDX-License-Identifier: MIT
// Texts of bounded length, and how they are shown to a person.
#pragma once

#include <cstddef>
#include <cstdio>

namespace exeseal_tool {

// Cut where it is full.
struct Sentence {
    char text[2048] = "";
    size_t length = 0;

    __attribute__((format(printf, 2, 3))) void add(const char *format, ...);
};

struct Line {
    const char *text = nullptr; // not NUL-terminated
    int length = 0;
};

// Takes the first line off the text. false: there is none.
bool take_line(const char *&text, Line &line);

// How a byte shows: as itself, or as '?' if it is not printable ASCII. It may come from a file or its name.
constexpr char shown(char byte) {
    return byte < ' ' || byte > '~' ? '?' : byte;
}

// All of it like this.
void print_printable(FILE *out, const char *text, size_t length);

// Prints the text on standard output like this, in lines of `columns`. `used` columns of the first line are filled
// already; the other lines begin in column `indent`.
void print_wrapped(const char *text, size_t used, size_t indent, size_t columns = 100);

// One word, filled up with spaces, and shown as above.
void print_padded(const char *text, size_t columns);

// A line of standard output: on a terminal as above, else the very bytes, for a program to use.
void print_path(const char *path);

} // namespace exeseal_tool
