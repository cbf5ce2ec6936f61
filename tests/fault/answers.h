/* SPDX-License-Identifier: MIT */
/* A test answers in place of the kernel. The library makes its system calls through syscall(2)
 * and, except for creating children, through nothing else; the programs in this directory are
 * linked with --wrap for it. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "support.h"
#include "system_calls.h"

#include <limits.h>

/* The kind of a call is its number; for fcntl(2), fsconfig(2), madvise(2) and ioctl(2), also the
 * last byte of its command. */
#define FCNTL(command) (SYS_fcntl | (long)(command) << 16)
#define FSCONFIG(command) (SYS_fsconfig | (long)(command) << 16)
#define MADVISE(advice) (SYS_madvise | (long)(advice) << 16)
#define IOCTL(request) (SYS_ioctl | (long)((request)&0xff) << 16)
enum { CLONE_FILE = 9, ENABLE_VERITY = 133, MEASURE_VERITY = 134 };
enum { POPULATE_READ = 22, COLLAPSE = 25 };
enum fsconfig { SET_FLAG = 0, SET_STRING = 1, SET_FD = 5, CREATE = 6, RECONFIGURE = 7 };

/* The first call of this kind that has no answer yet gets this one: -errno, or the result. For a
 * call that moves bytes, the value is the most that it moves; for fstatfs(2), the type of the
 * file system. If no such call is made, cmocka fails the test and names the line of the answer. */
#define answer(call_kind, value)                                                                                       \
    do {                                                                                                               \
        await(call_kind);                                                                                              \
        expect_value(kernel, kind, call_kind);                                                                         \
        will_return(kernel, value);                                                                                    \
    } while (0)
void await(long kind);

#define THE_KERNELS_OWN LONG_MIN

/* From here on statx(2) reports this number of links for files. */
void give_files_names(unsigned count);
/* From here on statx(2) reports these attributes in addition to the file's own. */
void give_files_attributes(uint64_t attributes);

/* From here on the clocks stand still, and MADV_COLLAPSE succeeds without effect, so that the
 * machine makes no difference. */
void give_huge_pages(void);

/* The library's calls since the test began: how many, how many of a kind, and an argument of one
 * of them (for an offset passed by pointer, its value). -1: no such call was made. */
size_t calls_made(void);
size_t calls_of(long kind);
long argument_of(long kind, size_t which, size_t argument);

/* The value of the last fsconfig(2) that set a string. */
const char *string_set(void);

/* The path of the last execve(2). */
const char *executed_path(void);

/* The number of files that were created in directories, failed attempts included. */
size_t files_created(void);

/* Resets the records before a test. */
int forget_calls(void **state);
#define fault_test(name) cmocka_unit_test_setup(name, forget_calls)

#endif
