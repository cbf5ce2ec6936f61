/* SPDX-License-Identifier: MIT */
/* Surroundings that lack something: filters, mounts, namespaces. All functions belong in a
 * child. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "support.h"
#include "system_calls.h"

/* Makes the system call fail with this error from here on (seccomp; sets no_new_privs). */
void refuse_system_call(long number, int error);

/* The same if argument number `which` of the call, counted from 0, is `argument`. */
void refuse_system_call_with(long number, unsigned which, unsigned argument, int error);

/* Kills a process that makes this system call. */
void kill_at_system_call(long number);

/* Makes the system call raise SIGSYS from here on. The handler answers it. */
void trap_system_call(long number);

/* In a child: skips the test if no file system of this type can be mounted. */
void skip_unless_mountable(const char *type);

/* Leaves only this strategy possible, and returns options that select it; others may be added.
 * Strategies before it are refused or left out. Skips the test if this kernel or container does
 * not allow the strategy. */
struct exeseal_clone_options leave_only(uint32_t strategy);

/* Every strategy that makes a new file or mount, as root (if the test is root) and rootless. A skip
 * ends a test, so those that require mounts are last. */
struct way {
    uint32_t strategy;
    bool rootless; /* see become_rootless */
};
#define WAYS 10
extern const struct way ways[WAYS];

/* In a child: becomes the user, then calls leave_only. */
struct exeseal_clone_options take_way(const struct way *way);

/* Makes this process's mounts private from here on. Requires root. Skips the test if that is not
 * allowed. */
void use_private_mounts(void);

/* Mounts a tmpfs over the directory. */
void cover_with_tmpfs(const char *directory, unsigned long flags);

/* Runs the function in a PID namespace of its own, with its own /proc and this value of
 * vm.memfd_noexec. Requires root. */
struct memfd_policy {
    const char *noexec;
    child_function then;
    void *argument;
};
void under_memfd_policy(void *policy);

/* Puts another file at /proc/self/exe, in the caller's own mount namespace. */
void cover_proc_exe(const char *path);

/* Becomes uid 0 of a new user namespace, with all capabilities in it. Returns false if that is
 * not possible. */
bool enter_user_namespace(void);

/* The same, but skips the test if that is not possible. */
void become_root_of_user_namespace(void);

/* Becomes an ordinary user. For a strategy that mounts, also root of a user namespace that owns
 * its mount namespace, as in a rootless container engine. */
void become_rootless(uint32_t strategy);

#endif
