/* SPDX-License-Identifier: MIT */
/* libexeseal-reexec: runs a program from a sealed copy of itself before its own code. */
/* clang-format off */
/*
 * libexeseal-reexec: a program that is linked with it runs from a sealed copy of itself before its own code does, the constructors
 * of its libraries included. There is nothing to call:
 *
 *     cc program.c $(pkg-config --cflags --libs exeseal-reexec)
 *
 * What happens is exeseal_reexec_self (exeseal.h) with main's arguments and the environment as the kernel handed them over, before
 * anything could change them. If it fails, the report goes to standard error and the program ends with status
 * EXESEAL_REEXEC_REFUSED; nothing of it has run.
 *
 * For programs only: linked into a shared library, which might be loaded when the program has begun long since, the
 * linker refuses it (".preinit_array section is not allowed in DSO", or for want of _start). Needs glibc: musl does not run
 * .preinit_array.
 */
#ifndef EXESEAL_REEXEC_H
#define EXESEAL_REEXEC_H

#define EXESEAL_REEXEC_REFUSED 126

/*
 * Put at file level in one source file of the program, this has it run all the same where it cannot be sealed: the report still
 * goes to standard error. Without it such a program does not run. It is a choice for who builds the program; who starts it
 * has none.
 */
#ifdef __cplusplus
#define EXESEAL_REEXEC_OR_RUN_UNSEALED extern "C" { extern const unsigned char exeseal_reexec_or_run_unsealed; } \
    const unsigned char exeseal_reexec_or_run_unsealed = 1
#else
#define EXESEAL_REEXEC_OR_RUN_UNSEALED extern const unsigned char exeseal_reexec_or_run_unsealed; \
    const unsigned char exeseal_reexec_or_run_unsealed = 1
#endif

#endif
