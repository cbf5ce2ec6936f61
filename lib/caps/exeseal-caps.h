/* SPDX-License-Identifier: MIT */
/* libexeseal-caps: reads capability sets from text, for exeseal_exec_fd and exeseal_spawn_fd. */
/* It is a separate library, since loading libcap makes system calls and loading libexeseal none. */
#ifndef EXESEAL_CAPS_H
#define EXESEAL_CAPS_H

#include <exeseal.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/*
 * Reads capability sets from text into the options of an execution. See exeseal-caps(3).
 *
 * text      an IAB tuple of libcap, see cap_iab(3): "!cap_sys_admin" leaves the bounding set,
 *           "cap_chown" becomes inheritable, "^cap_net_raw" ambient. "" makes nothing inheritable
 *           or ambient; root keeps the bounding set, and so its capabilities. "none" empties all
 *           three sets: then root has no capability, nor has what it executes. To remove any from
 *           the bounding set, exeseal_exec_fd() requires CAP_SETPCAP
 * options   receives drop_bounding, inheritable, ambient and EXESEAL_EXEC_CAPABILITIES; left
 *           unchanged on error
 *
 * Returns: 0, or -errno.
 * Errors:
 *   EINVAL   text is not such a tuple, or an argument is NULL
 *   ENOMEM   there is not enough memory
 * Since: 0.1.
 * Safety: any thread. It allocates, so it must be called before fork(2).
 */
int exeseal_caps_parse(const char *text, struct exeseal_exec_options *options);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
