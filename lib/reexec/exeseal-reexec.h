/* SPDX-License-Identifier: MIT */
/* libexeseal-reexec: runs a program from a sealed copy of itself before its own code. */
/*
 * A program that is linked with this library executes a sealed copy of itself before any of its own
 * code runs, constructors of its libraries included. There is nothing to call:
 *
 *     cc program.c $(pkg-config --cflags --libs exeseal-reexec)
 *
 * The library calls exeseal_reexec_self() (exeseal.h) with the arguments and the environment that
 * the kernel passed. See exeseal-reexec(7).
 *
 * Errors: the report goes to standard error, and the program exits with EXESEAL_REEXEC_REFUSED
 *         before any of its own code ran.
 * Since: 0.1. Requires glibc: musl does not run .preinit_array.
 * Safety: for programs only. A shared library could be loaded long after the program started, so
 *         the linker rejects this library there (".preinit_array section is not allowed in DSO", or
 *         _start is undefined).
 */
#ifndef EXESEAL_REEXEC_H
#define EXESEAL_REEXEC_H

#define EXESEAL_REEXEC_REFUSED 126

/*
 * Lets the program run unsealed if it cannot be sealed. Put this macro at file level in one source
 * file of the program.
 *
 * Errors: the report still goes to standard error.
 * Since: 0.1.
 * Safety: the choice is made when the program is built. An environment variable could be set by the
 *         attacker whom sealing is meant to stop.
 */
#ifdef __cplusplus
#define EXESEAL_REEXEC_OR_RUN_UNSEALED                                                                                 \
    extern "C" {                                                                                                       \
    extern const unsigned char exeseal_reexec_or_run_unsealed;                                                         \
    }                                                                                                                  \
    const unsigned char exeseal_reexec_or_run_unsealed = 1
#else
#define EXESEAL_REEXEC_OR_RUN_UNSEALED                                                                                 \
    extern const unsigned char exeseal_reexec_or_run_unsealed;                                                         \
    const unsigned char exeseal_reexec_or_run_unsealed = 1
#endif

#endif
