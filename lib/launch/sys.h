// SPDX-License-Identifier: MIT
// System calls for executing a descriptor; base/sys.h describes what they have in common.
#pragma once

#include "base/sys.h"

namespace exeseal::sys {

int execve(const char *path, char *const argv[], char *const envp[]);
int prctl_set_no_new_privs();
bool prctl_get_no_new_privs();
int prctl_set_pdeathsig(int signal);
int fchdir(int fd);
void umask(unsigned mask);
// Whether the securebits of this thread allow raising ambient capabilities.
bool prctl_may_raise_ambient();
int prctl_cap_ambient_clear_all();
int prctl_cap_ambient_raise(unsigned capability);
int prctl_capbset_drop(unsigned capability);
// Returns 1 or 0, or -EINVAL if this kernel does not know the capability.
int prctl_capbset_read(unsigned capability);

// Landlock (Linux 5.13): creates a ruleset that forbids execution, adds an exception, enforces it.
int landlock_create_ruleset_execute();
int landlock_add_rule_execute(int ruleset, int file);
int landlock_restrict_self(int ruleset);
int close_range_cloexec(unsigned first, unsigned last);

// Maps a stack with an inaccessible guard of 64 KiB below. Returns nullptr on failure.
void *map_stack(size_t size);
void unmap_stack(void *stack, size_t size);
int wait4_wclone(int child);
// Resets signals that have a handler to the default action; with `all`, ignored signals too. Keeps
// the handler of SIGSYS, which may answer for a seccomp filter; execve resets it. Uses the system
// call directly: in a child that shares memory, sigaction(3) would call the host's replacement if
// the host or a tool (ThreadSanitizer, Java's libjsig) installed one.
void reset_signal_handlers(bool all);
int setsid();
int setpgid_own();
// Returns 0 if the parent is outside this PID namespace.
int getppid();
// Duplicates fd to `to` without close-on-exec. The numbers must differ.
int dup3(int fd, int to);

} // namespace exeseal::sys
