// SPDX-License-Identifier: MIT
// A child process that shares the caller's memory, and its stack.
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
    static constexpr size_t kSize = 128 << 10;

  private:
    void *memory_ = sys::map_stack(kSize);
};

// Runs `function` in a child that shares memory with this thread. The thread is suspended until the
// child executes a program or exits. If the child exits before that, no signal is sent, and only a
// wait with __WCLONE sees the child. Returns the child's process ID or -errno.
int start_child(int (*function)(void *), void *argument, const Stack &stack, int &pidfd);

} // namespace exeseal
