// SPDX-License-Identifier: MIT
// Starts a child process that shares the caller's memory.
//
// This file is separate from sys.cc because exec.cc links with sys.cc, and exec.cc may call only
// async-signal-safe functions of libc.
#include "launch/child.h"

#include <cerrno>
#include <sched.h>

namespace exeseal {

// Uses libc's clone, because starting on another stack requires assembly for each architecture.
// clone runs in the host's thread, so a replacement by the host or by a tool runs there too. No
// other libc function that could be replaced is called for or in a child
// (tests/launch/spawn_interposed_test.c).
int start_child(int (*function)(void *), void *argument, const Stack &stack, int &pidfd) {
    constexpr int kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    int child = ::clone(function, static_cast<char *>(stack.memory()) + Stack::kSize, kFlags, argument, &pidfd);
    return child < 0 ? -errno : child;
}

} // namespace exeseal
