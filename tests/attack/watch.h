/* SPDX-License-Identifier: MIT */
/* Stops a child at a system call and runs something meanwhile. */
#ifndef WATCH_H
#define WATCH_H

#include "support.h"

/* In the child: from here on these two calls wait for the process that serves the returned
 * descriptor (seccomp; sets no_new_privs). Returns -1 if that is not possible here. */
int watch_system_calls(long one, long other);

typedef void (*watcher)(pid_t task, void *argument);

/* In the parent: calls `then` for each watched call until `until` is readable. */
void serve_watch(int watch, int until, watcher then, void *argument);

/* Receives a descriptor through a socket. Returns -1 if the other end was closed. */
void send_descriptor(int socket, int fd);
int receive_descriptor(int socket);

#endif
