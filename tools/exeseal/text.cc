// SPDX-License-Identifier: MIT
// Prints text for a person: escaped, padded and wrapped.
#include "text.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace exeseal_tool {

void print_printable(FILE *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        fputc(shown(text[i]), out);
}

void Sentence::add(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text + length, sizeof text - length, format, arguments);
    va_end(arguments);
    if (written > 0)
        length += static_cast<size_t>(written);
    if (length >= sizeof text)
        length = sizeof text - 1;
}

bool take_line(const char *&text, Line &line) {
    line = {text, static_cast<int>(strcspn(text, "\n"))};
    bool has_line = *text != '\0';
    text += line.length;
    text += *text == '\n';
    return has_line;
}

void print_padded(const char *text, size_t columns) {
    size_t length = strlen(text);
    print_printable(stdout, text, length);
    printf("%*s", static_cast<int>(length < columns ? columns - length : 0), "");
}

void print_wrapped(const char *text, size_t used, size_t indent, size_t columns) {
    size_t column = used;
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (word != text && column + 1 + length > columns) {
            printf("\n%*s", static_cast<int>(indent), "");
            column = indent;
        } else if (word != text) {
            putchar(' ');
            column++;
        }
        print_printable(stdout, word, length);
        column += length;
        word += length;
        word += strspn(word, " ");
    }
    putchar('\n');
}

void print_path(const char *path) {
    if (isatty(STDOUT_FILENO) == 0)
        fputs(path, stdout);
    else
        print_printable(stdout, path, strlen(path));
    putchar('\n');
}

} // namespace exeseal_tool
