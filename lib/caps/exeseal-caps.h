/* SPDX-License-Identifier: MIT */
/* Capability sets out of text, for the options of exeseal_exec_fd and exeseal_spawn_fd. A library of its own, since
 * libcap makes system calls when it is loaded, and libexeseal makes none.
 */
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
 * Reads libcap's text form of an IAB tuple (cap_iab(3)) into drop_bounding, inheritable and ambient of options, and
 * sets EXESEAL_EXEC_CAPABILITIES: "!cap_sys_admin" leaves the bounding set, "cap_chown" becomes inheritable,
 * "^cap_net_raw" ambient. The empty text makes nothing inheritable or ambient, and leaves the bounding set as it is,
 * and with it what root has. "none" takes every capability out of all three sets: root has none then, nor has
 * whatever it executes. As for any that leaves the bounding set, exeseal_exec_fd requires CAP_SETPCAP for this.
 *
 * Allocates, so it belongs before the fork. Returns 0. EINVAL: text is none, or an argument is NULL; options is left as
 * it was. ENOMEM.
 */
int exeseal_caps_parse(const char *text, struct exeseal_exec_options *options);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
