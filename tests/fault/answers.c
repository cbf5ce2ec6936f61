/* SPDX-License-Identifier: MIT */
#include "answers.h"

#include <sys/statfs.h>
#include <sys/uio.h>

struct call {
    long kind;
    long arguments[6];
};

enum { MOST_CALLS = 1024, MOST_AWAITED = 256 };

static struct call calls[MOST_CALLS];
static size_t call_count;
static char path_of_execve[64];
static char last_string[128];

/* The kinds in the order of the expected calls; cmocka has the answers. */
static long awaited[MOST_AWAITED];
static size_t awaited_count, awaited_next;

static bool names_are_given;
static unsigned given_names;
static uint64_t given_attributes;
static bool huge_pages_are_given;

int forget_calls(void **state) {
    (void)state;
    names_are_given = huge_pages_are_given = false;
    given_attributes = 0;
    call_count = awaited_count = awaited_next = 0;
    path_of_execve[0] = last_string[0] = '\0';
    return 0;
}

void give_files_names(unsigned count) {
    names_are_given = true;
    given_names = count;
}

void give_files_attributes(uint64_t attributes) {
    given_attributes = attributes;
}

void give_huge_pages(void) {
    huge_pages_are_given = true;
}

void await(long kind) {
    assert_true(awaited_count < MOST_AWAITED);
    awaited[awaited_count++] = kind;
}

static const struct call *call_of(long kind, size_t which) {
    assert_true(call_count < MOST_CALLS); /* no call went unrecorded */
    for (size_t i = 0; i < call_count; i++)
        if (calls[i].kind == kind && which-- == 0)
            return &calls[i];
    return NULL;
}

size_t calls_made(void) {
    return call_count;
}

size_t calls_of(long kind) {
    size_t count = 0;
    while (call_of(kind, count) != NULL)
        count++;
    return count;
}

long argument_of(long kind, size_t which, size_t argument) {
    const struct call *call = call_of(kind, which);
    return call == NULL ? -1 : call->arguments[argument];
}

const char *executed_path(void) {
    return path_of_execve;
}

const char *string_set(void) {
    return last_string;
}

size_t files_created(void) {
    size_t count = 0;
    for (size_t i = 0; i < calls_of(SYS_openat); i++) {
        long flags = argument_of(SYS_openat, i, 2);
        count += (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    }
    return count;
}

static void remember(const struct call *call) {
    if (call_count == MOST_CALLS)
        return;
    struct call *kept = &calls[call_count++];
    *kept = *call;
    if (call->kind == SYS_sendfile)
        kept->arguments[2] = (long)*(const loff_t *)call->arguments[2];
    if (call->kind == FSCONFIG(SET_STRING))
        snprintf(last_string, sizeof last_string, "%s", (const char *)call->arguments[3]);
    if (call->kind == SYS_execve)
        snprintf(path_of_execve, sizeof path_of_execve, "%s", (const char *)call->arguments[0]);
}

static long kernel(long kind) {
    check_expected(kind);
    return mock_type(long);
}

static bool is_of_huge_pages(long kind) {
    return kind == SYS_clock_gettime || kind == MADVISE(COLLAPSE);
}

/* Queries cmocka only for answers that it has; otherwise it would fail the test. */
static long answer_to(long kind) {
    if (awaited_next == awaited_count || awaited[awaited_next] != kind)
        return huge_pages_are_given && is_of_huge_pages(kind) ? 0 : THE_KERNELS_OWN;
    awaited_next++;
    return kernel(kind);
}

/* Limits the number of bytes that such a call may move. */
static bool cut(long number, long arguments[6], long most) {
    static struct iovec vector;
    switch (number) {
    case SYS_sendfile:
        arguments[3] = most;
        return true;
    case SYS_preadv:
    case SYS_pwritev:
        vector = *(const struct iovec *)arguments[1];
        vector.iov_len = (size_t)most;
        arguments[1] = (long)&vector;
        return true;
    default:
        return false;
    }
}

static long kind_of(long number, const long arguments[6]) {
    switch (number) {
    case SYS_fcntl:
        return FCNTL(arguments[1]);
    case SYS_fsconfig:
        return FSCONFIG(arguments[1]);
    case SYS_madvise:
        return MADVISE(arguments[2]);
    case SYS_ioctl:
        return IOCTL(arguments[1]);
    default:
        return number;
    }
}

/* No program may replace the test. */
static bool executes(long number) {
    return number == SYS_execve || number == SYS_execveat;
}

static long result_of(long answer) {
    if (answer >= 0)
        return answer;
    errno = (int)-answer;
    return -1;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* Reads six arguments however many were passed, as libc's syscall does; AddressSanitizer would
 * report the words past the last one. */
__attribute__((no_sanitize_address)) long __wrap_syscall(long number, ...) {
    struct call call;
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < COUNT(call.arguments); i++)
        call.arguments[i] = va_arg(list, long);
    va_end(list);
    call.kind = kind_of(number, call.arguments);
    remember(&call);
    long *a = call.arguments, given = answer_to(call.kind);
    if (given == THE_KERNELS_OWN && executes(number))
        given = -ECANCELED;
    bool is_of_kernel = given == THE_KERNELS_OWN, is_type = number == SYS_fstatfs && given > 0;
    bool goes_on = is_of_kernel || is_type || (given > 0 && cut(number, a, given));
    if (!goes_on)
        return result_of(given);
    long result = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (is_type && result == 0)
        ((struct statfs *)a[1])->f_type = given;
    if (number == SYS_statx && result == 0 && names_are_given)
        ((struct statx *)a[4])->stx_nlink = given_names;
    if (number == SYS_statx && result == 0)
        ((struct statx *)a[4])->stx_attributes |= given_attributes;
    return result;
}
