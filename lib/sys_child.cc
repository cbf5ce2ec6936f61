// SPDX-License-Identifier: MIT
// A file of its own: exec.cc reaches sys.cc, and is to reach nothing of libc that is not async-signal-safe.
#include "sys.h"

#include <cerrno>
#include <sched.h>

namespace exeseal::sys {

// libc's, since it takes a few lines of assembly for each architecture to come up on another stack.
int start_child(int (*function)(void *), void *argument, void *stack, size_t stack_size, int &pidfd) {
    constexpr int kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    int child = ::clone(function, static_cast<char *>(stack) + stack_size, kFlags, argument, &pidfd);
    return child < 0 ? -errno : child;
}

// Not a handler of SIGSYS, which may answer for a seccomp filter: executing resets it. By libc's function, since the
// kernel's struct differs from one architecture to the next.
void reset_signal_handlers(bool all) {
    for (int signal = 1; signal < _NSIG; signal++) {
        struct sigaction action;
        if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_DFL)
            continue;
        bool is_ignored = action.sa_handler == SIG_IGN;
        if (is_ignored ? !all : signal == SIGSYS)
            continue;
        action = {};
        action.sa_handler = SIG_DFL;
        ::sigaction(signal, &action, nullptr);
    }
}

} // namespace exeseal::sys
