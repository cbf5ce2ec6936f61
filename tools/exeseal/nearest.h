// SPDX-License-Identifier: MIT
// Finds the name that a user most likely meant.
#pragma once

#include <cstddef>

namespace exeseal_tool {

class Nearest {
  public:
    Nearest(const char *text, size_t length) : text_(text), length_(length) {}

    void consider(const char *name);
    const char *name() const { return name_; } // nullptr: no name is near

  private:
    const char *text_;
    size_t length_;
    const char *name_ = nullptr;
    size_t distance_ = 3; // more edits than two make another word
};

} // namespace exeseal_tool
