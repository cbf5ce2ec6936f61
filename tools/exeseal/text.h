// SPDX-License-Identifier: MIT
// Texts of bounded length, and how they are shown to a person.
#pragma once

#include <cstddef>

namespace exeseal_tool {

// Cut where it is full.
struct Sentence {
    char text[768] = "";
    size_t length = 0;

    __attribute__((format(printf, 2, 3))) void add(const char *format, ...);
};

struct Line {
    const char *text = nullptr; // not NUL-terminated
    int length = 0;
};

// Takes the first line off the text. false: there is none.
bool take_line(const char *&text, Line &line);

// Fills lines of 100 columns; the first one is in column `used` already, the next begin in column `indent`. What is not
// printable ASCII shows as '?': it may come from a file name.
void print_wrapped(const char *text, size_t used, size_t indent);

// One word, filled up with spaces.
void print_padded(const char *text, size_t columns);

} // namespace exeseal_tool
