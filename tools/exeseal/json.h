// SPDX-License-Identifier: MIT
// JSON on standard output, line by line of one value each. What is not UTF-8 in a string becomes U+FFFD.
#pragma once

#include <cstdint>

namespace exeseal_tool {

class Json {
  public:
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

    int depth_ = 0;
    bool is_first_ = true;
};

} // namespace exeseal_tool
