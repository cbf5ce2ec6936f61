/* SPDX-License-Identifier: MIT */
/* A test gives the kernel's answers here. The library makes its system calls through syscall(2) and fstatfs64, and
 * through nothing else; programs of this room are linked with --wrap for both. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "support.h"

#include <limits.h>
#include <sys/syscall.h>

/* Older headers lack them. */
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* A kind of call is its number; of fcntl(2), also its command. */
#define FCNTL(command) (SYS_fcntl | (long)(command) << 16)

/* The first call of this kind, after those that were answered before, gets this answer: -errno, or the result. Of a
 * call that moves bytes: the most that it moves. Of fstatfs: the type of the file system. What is not asked for is left
 * over, and cmocka fails the test, at the line of the answer. */
#define answer(call_kind, value)                                                                                       \
    do {                                                                                                               \
        await(call_kind);                                                                                              \
        expect_value(kernel, kind, call_kind);                                                                         \
        will_return(kernel, value);                                                                                    \
    } while (0)
void await(long kind);

#define THE_KERNELS_OWN LONG_MIN

/* Of what the library did since the test began: how many calls of a kind, and an argument of one of them (of an offset
 * that goes by pointer, its value). -1: there is no such call. */
size_t calls_of(long kind);
long argument_of(long kind, size_t which, size_t argument);

/* The path of the last execve(2). */
const char *executed_path(void);

/* Files that were created in directories, or tried to be. */
size_t files_created(void);

/* For tests that begin anew. */
int forget_calls(void **state);
#define fault_test(name) cmocka_unit_test_setup(name, forget_calls)

#endif
