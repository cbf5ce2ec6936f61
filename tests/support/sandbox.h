/* SPDX-License-Identifier: MIT */
/* Surroundings that take something away: filters, mounts, namespaces. All of it is for children. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* The system call answers with this error from here on (seccomp; sets no_new_privs). */
void refuse_system_call(long number, int error);

/* Mounts of this process are its own from here on. Skips where that is not allowed. Needs root. */
void use_private_mounts(void);

/* A tmpfs over the directory. */
void cover_with_tmpfs(const char *directory, unsigned long flags);

/* uid 0 of a user namespace of its own, with all capabilities in it. Skips where there are none to be had. */
void become_root_of_user_namespace(void);

#endif
