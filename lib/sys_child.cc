// SPDX-License-Identifier: MIT
// A file of its own: exec.cc reaches sys.cc, and is to reach nothing of libc that is not async-signal-safe.
#include "sys.h"

#include <cerrno>
#include <sched.h>

namespace exeseal::sys {

// libc's, since it takes a few lines of assembly for each architecture to come up on another stack.
int run_child(int (*function)(void *), void *argument, void *stack, size_t stack_size, unsigned long namespaces) {
    unsigned long flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | namespaces;
    int child = ::clone(function, static_cast<char *>(stack) + stack_size, static_cast<int>(flags), argument);
    return child < 0 ? -errno : child;
}

} // namespace exeseal::sys
