// SPDX-License-Identifier: MIT
// A child that shares our memory, and a stack for it.
#pragma once

#include "launch/sys.h"

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

// Runs `function` in a child that shares memory with this thread, which stands still until the child executes or ends.
// Until it executes, its end raises no signal and only a wait for __WCLONE sees it. Its process ID, or -errno.
int start_child(int (*function)(void *), void *argument, const Stack &stack, int &pidfd);

} // namespace exeseal
