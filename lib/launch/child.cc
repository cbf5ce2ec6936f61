// SPDX-License-Identifier: MIT
// Starts a child that shares our memory.
//
// A file of its own: exec.cc reaches both sys.cc, and is to reach nothing of libc that is not async-signal-safe.
#include "launch/child.h"

#include <cerrno>
#include <sched.h>

namespace exeseal {

// libc's clone, since it takes a few lines of assembly for each architecture to come up on another stack. It is called
// by the host's thread, so what a host or a tool puts in its place runs there. Nothing else of libc that could be
// replaced is called for a child, or in one (tests/launch/spawn_interposed_test.c).
int start_child(int (*function)(void *), void *argument, const Stack &stack, int &pidfd) {
    constexpr int kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    int child = ::clone(function, static_cast<char *>(stack.memory()) + Stack::kSize, kFlags, argument, &pidfd);
    return child < 0 ? -errno : child;
}

} // namespace exeseal
