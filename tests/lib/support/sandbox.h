/* SPDX-License-Identifier: MIT */
/* Surroundings that take something away: filters, mounts, namespaces. All of it is for children. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "support.h"
#include "system_calls.h"

/* The system call answers with this error from here on (seccomp; sets no_new_privs). */
void refuse_system_call(long number, int error);

/* The same where the call's argument number `which`, from 0, is `argument`. */
void refuse_system_call_with(long number, unsigned which, unsigned argument, int error);

/* Who makes this system call is killed. */
void kill_at_system_call(long number);

/* The system call raises SIGSYS from here on, whose handler answers it. */
void trap_system_call(long number);

/* In a child: skips where a file system of this type cannot be mounted. */
void skip_unless_mountable(const char *type);

/* Only this strategy can make a clone by these options, or others to which they are added: what stands before it is
 * refused or passed over, and skipped is the test where this kernel or container does not let it be. */
struct exeseal_clone_options leave_only(uint32_t strategy);

/* Every strategy that makes something new, as root (where the test is) and rootless. */
struct way {
    uint32_t strategy;
    bool rootless; /* see become_rootless */
};
#define WAYS 10
extern const struct way ways[WAYS];

/* In a child: becomes the user, then leave_only. */
struct exeseal_clone_options take_way(const struct way *way);

/* Mounts of this process are its own from here on. Skips where that is not allowed. Needs root. */
void use_private_mounts(void);

/* A tmpfs over the directory. */
void cover_with_tmpfs(const char *directory, unsigned long flags);

/* The function in a PID namespace of its own, with a /proc of its own, and vm.memfd_noexec set to this there. Needs
 * root. */
struct memfd_policy {
    const char *noexec;
    child_function then;
    void *argument;
};
void under_memfd_policy(void *policy);

/* Another file at /proc/self/exe, in the caller's own mounts. */
void cover_proc_exe(const char *path);

/* uid 0 of a user namespace of its own, with all capabilities in it. false: none is to be had. */
bool enter_user_namespace(void);

/* The same; skips where there are none to be had. */
void become_root_of_user_namespace(void);

/* An ordinary user. For a strategy that mounts, one who is root of a user namespace that owns its mount namespace, as
 * in a rootless container engine. */
void become_rootless(uint32_t strategy);

#endif
