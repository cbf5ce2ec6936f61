// SPDX-License-Identifier: MIT
// Writes JSON, indented or in one line. Bytes that are not UTF-8 become U+FFFD.
#pragma once

#include <cstdint>
#include <cstdio>

namespace exeseal_tool {

enum class Layout { Indented, OneLine };

class Json {
  public:
    explicit Json(FILE *out, Layout layout = Layout::Indented) : out_(out), is_indented_(layout == Layout::Indented) {}

    // No key: within an array, or for the outermost object.
    void begin_object(const char *key = nullptr) { begin(key, '{'); }
    void begin_array(const char *key = nullptr) { begin(key, '['); }
    void end_object() { end('}'); }
    void end_array() { end(']'); }
    void string(const char *key, const char *text); // nullptr is written as null
    void number(const char *key, int64_t value);
    void boolean(const char *key, bool value);

  private:
    void begin(const char *key, char bracket);
    void end(char bracket);
    void member(const char *key);
    void begin_line();

    FILE *out_;
    bool is_indented_;
    int depth_ = 0;
    bool is_first_ = true;
};

} // namespace exeseal_tool
