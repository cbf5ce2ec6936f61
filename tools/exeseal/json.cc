// SPDX-License-Identifier: MIT
// Writes JSON to a stream, and escapes characters that a terminal may obey.
#include "json.h"

#include <cinttypes>
#include <cstddef>
#include <cstdio>

namespace exeseal_tool {
namespace {

bool is_continued(const unsigned char *bytes, size_t count) {
    for (size_t i = 1; i <= count; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

// Returns the length of the sequence of two to four bytes that begins here, or 0 if it is not UTF-8
// by RFC 3629.
size_t sequence(const unsigned char *bytes) {
    unsigned first = bytes[0], second = first >= 0xc2 ? bytes[1] : 0;
    if (first >= 0xc2 && first <= 0xdf)
        return is_continued(bytes, 1) ? 2 : 0;
    bool is_surrogate = first == 0xed && second > 0x9f, is_long = first == 0xe0 && second < 0xa0;
    if (first >= 0xe0 && first <= 0xef)
        return !is_surrogate && !is_long && is_continued(bytes, 2) ? 3 : 0;
    bool is_beyond = first == 0xf4 && second > 0x8f;
    is_long = first == 0xf0 && second < 0x90;
    return first >= 0xf0 && first <= 0xf4 && !is_beyond && !is_long && is_continued(bytes, 3) ? 4 : 0;
}

void print_quoted(FILE *out, const char *text) {
    const unsigned char *byte = reinterpret_cast<const unsigned char *>(text);
    fputc('"', out);
    while (*byte != '\0') {
        size_t length = *byte < 0x80 ? 1 : sequence(byte);
        // U+0080 to U+009F, which a terminal may obey
        bool is_c1 = *byte == 0xc2 && length == 2 && byte[1] < 0xa0;
        if (*byte == '"' || *byte == '\\')
            fprintf(out, "\\%c", *byte);
        else if (*byte < ' ' || *byte == 0x7f)
            fprintf(out, "\\u%04x", *byte);
        else if (is_c1)
            fprintf(out, "\\u%04x", byte[1]);
        else if (length == 0)
            fputs("\\ufffd", out);
        else
            fwrite(byte, 1, length, out);
        byte += length != 0 ? length : 1;
    }
    fputc('"', out);
}

} // namespace

void Json::member(const char *key) {
    if (!is_first_)
        fputc(',', out_);
    if (depth_ > 0)
        begin_line();
    is_first_ = false;
    if (key == nullptr)
        return;
    print_quoted(out_, key);
    fputs(is_indented_ ? ": " : ":", out_);
}

void Json::begin_line() {
    if (is_indented_)
        fprintf(out_, "\n%*s", depth_ * 2, "");
}

void Json::begin(const char *key, char bracket) {
    member(key);
    fputc(bracket, out_);
    depth_++;
    is_first_ = true;
}

void Json::end(char bracket) {
    depth_--;
    if (!is_first_)
        begin_line();
    fputc(bracket, out_);
    is_first_ = false;
    if (depth_ == 0)
        fputc('\n', out_);
}

void Json::string(const char *key, const char *text) {
    member(key);
    if (text != nullptr)
        print_quoted(out_, text);
    else
        fputs("null", out_);
}

void Json::number(const char *key, int64_t value) {
    member(key);
    fprintf(out_, "%" PRId64, value);
}

void Json::boolean(const char *key, bool value) {
    member(key);
    fputs(value ? "true" : "false", out_);
}

} // namespace exeseal_tool
