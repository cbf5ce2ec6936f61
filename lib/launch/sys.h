// SPDX-License-Identifier: MIT
// The system calls of executing a descriptor, in a child or not. base/sys.h says what they have in common.
#pragma once

#include "base/sys.h"

namespace exeseal::sys {

int execve(const char *path, char *const argv[], char *const envp[]);
int prctl_set_no_new_privs();
bool prctl_get_no_new_privs();
int prctl_set_pdeathsig(int signal);
int fchdir(int fd);
void umask(unsigned mask);
// Whether the securebits of this thread let it raise ambient ones.
bool prctl_may_raise_ambient();
int prctl_cap_ambient_clear_all();
int prctl_cap_ambient_raise(unsigned capability);
int prctl_capbset_drop(unsigned capability);
// 1 or 0; -EINVAL: this kernel does not know it.
int prctl_capbset_read(unsigned capability);

// Landlock, Linux 5.13: a ruleset that forbids to execute, exceptions from it, and its beginning.
int landlock_create_ruleset_execute();
int landlock_add_rule_execute(int ruleset, int file);
int landlock_restrict_self(int ruleset);
int close_range_cloexec(unsigned first, unsigned last);

// Memory for a stack, below which 64 KiB are out of bounds. nullptr: there is none.
void *map_stack(size_t size);
void unmap_stack(void *stack, size_t size);
int wait4_wclone(int child);
// Signals with a handler to their default; all of them: ignored ones too. Not SIGSYS's handler, which may answer for a
// seccomp filter: executing resets it. By the bare system call: in a child that shares memory libc's sigaction(3) is
// the host's, if that or a tool (ThreadSanitizer, Java's libjsig) has put another function in its place.
void reset_signal_handlers(bool all);
int setsid();
int setpgid_own();
// 0: outside this PID namespace.
int getppid();
// `to` without close-on-exec; not the same number.
int dup3(int fd, int to);

} // namespace exeseal::sys
