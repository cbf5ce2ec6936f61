/* SPDX-License-Identifier: MIT */
/* A test gives the kernel's answers here. The library makes its system calls through syscall(2) and, but for what
 * spawns, through nothing else; programs of this room are linked with --wrap for it. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "support.h"
#include "system_calls.h"

#include <limits.h>

/* A kind of call is its number; of fcntl(2), fsconfig(2), madvise(2) and ioctl(2), also its command, of which the last
 * byte does. */
#define FCNTL(command) (SYS_fcntl | (long)(command) << 16)
#define FSCONFIG(command) (SYS_fsconfig | (long)(command) << 16)
#define MADVISE(advice) (SYS_madvise | (long)(advice) << 16)
#define IOCTL(request) (SYS_ioctl | (long)((request)&0xff) << 16)
enum { CLONE_FILE = 9, ENABLE_VERITY = 133, MEASURE_VERITY = 134 };
enum { POPULATE_READ = 22, COLLAPSE = 25 };
enum fsconfig { SET_FLAG = 0, SET_STRING = 1, SET_FD = 5, CREATE = 6, RECONFIGURE = 7 };

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

/* statx(2) says from here on that files have so many names. */
void give_files_names(unsigned count);
/* The same of attributes, beside their own. */
void give_files_attributes(uint64_t attributes);

/* From here on no time passes, and MADV_COLLAPSE succeeds and does nothing, whatever the machine could do. */
void give_huge_pages(void);

/* Of what the library did since the test began: how many calls, how many of a kind, and an argument of one of them (of
 * an offset that goes by pointer, its value). -1: there is no such call. */
size_t calls_made(void);
size_t calls_of(long kind);
long argument_of(long kind, size_t which, size_t argument);

/* The value of the last fsconfig(2) that set a string. */
const char *string_set(void);

/* The path of the last execve(2). */
const char *executed_path(void);

/* Files that were created in directories, or tried to be. */
size_t files_created(void);

/* For tests that begin anew. */
int forget_calls(void **state);
#define fault_test(name) cmocka_unit_test_setup(name, forget_calls)

#endif
