// SPDX-License-Identifier: MIT
// JSON, indented or in one line. What is not UTF-8 in a string becomes U+FFFD.
#pragma once

#include <cstdint>
#include <cstdio>

namespace exeseal_tool {

enum class Layout { Indented, OneLine };

class Json {
  public:
    explicit Json(FILE *out, Layout layout = Layout::Indented) : out_(out), is_indented_(layout == Layout::Indented) {}

    // Without a key, in an array or as the whole.
    void begin_object(const char *key = nullptr) { begin(key, '{'); }
    void begin_array(const char *key = nullptr) { begin(key, '['); }
    void end_object() { end('}'); }
    void end_array() { end(']'); }
    void string(const char *key, const char *text); // nullptr: null
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
