/* SPDX-License-Identifier: MIT */
/* Stopping a child at a system call, and doing something while it stands there. */
#ifndef WATCH_H
#define WATCH_H

#include "support.h"

/* In the child: from here on these two calls wait for whoever serves the descriptor that comes back (seccomp; sets
 * no_new_privs). -1: not to be had here. */
int watch_system_calls(long one, long other);

typedef void (*watcher)(pid_t task, void *argument);

/* In the parent: calls `then` for each watched call until `until` is readable. */
void serve_watch(int watch, int until, watcher then, void *argument);

/* A descriptor through a socket; -1: the other end was closed. */
void send_descriptor(int socket, int fd);
int receive_descriptor(int socket);

#endif
