// SPDX-License-Identifier: MIT
// A stack for a child that shares our memory.
#pragma once

#include "base/sys.h"

namespace exeseal {

class Stack {
  public:
    Stack() = default;
    ~Stack() {
        if (memory_ != nullptr)
            sys::unmap_stack(memory_, kSize);
    }
    Stack(const Stack &) = delete;
    Stack &operator=(const Stack &) = delete;

    explicit operator bool() const { return memory_ != nullptr; }
    void *memory() const { return memory_; }
    static constexpr size_t kSize = 128 << 10; // touched where it is used

  private:
    void *memory_ = sys::map_stack(kSize);
};

} // namespace exeseal
