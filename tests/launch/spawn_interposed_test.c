/* SPDX-License-Identifier: MIT */
/* No function that a host puts in the place of one of libc's runs in a spawned child.
 *
 * ThreadSanitizer and Java's libjsig replace functions, and record what they see in memory that the
 * child shares. A handler that such a function resets in the child would be reset in the host. */
#include "execution.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

static struct {
    pid_t host;
    atomic_int in_host, in_child;
} counts;

static void count(void) {
    atomic_fetch_add((pid_t)syscall(SYS_getpid) == counts.host ? &counts.in_host : &counts.in_child, 1);
}

/* The handlers that the host registered, as libjsig records them. */
static struct sigaction booked[_NSIG];

int sigaction(int signal, const struct sigaction *action, struct sigaction *before) {
    static int (*libc)(int, const struct sigaction *, struct sigaction *);
    if (libc == NULL)
        *(void **)&libc = dlsym(RTLD_NEXT, "sigaction");
    count();
    if (action != NULL && signal > 0 && signal < _NSIG)
        booked[signal] = *action;
    return libc(signal, action, before);
}

int fstatfs(int fd, struct statfs *result) {
    count();
    return (int)syscall(SYS_fstatfs, fd, result);
}

static void do_nothing(int signal) {
    (void)signal;
}

static void assert_none_runs_in_the_child(int fd, uint64_t flags, bool runs) {
    struct exeseal_spawn_options options = {.flags = flags};
    const struct sigaction action = {.sa_handler = do_nothing};
    counts.host = getpid();
    counts.in_child = 0;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    int pidfd = exeseal_spawn_fd(fd, PAYLOAD_EXIT_7, NULL, NULL, 0, &options, sizeof options, NULL, 0);
    assert_int_equal(pidfd >= 3, runs);
    if (runs) {
        assert_int_equal(end_of(pidfd), 7);
        close(pidfd);
    }
    assert_int_equal(counts.in_child, 0);
    assert_true(booked[SIGUSR1].sa_handler == do_nothing);
    struct sigaction now;
    assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
    assert_true(now.sa_handler == do_nothing);
}

static void no_replaced_function_runs_in_a_child(void **state) {
    (void)state;
    int fd = sealed_payload();
    assert_none_runs_in_the_child(fd, 0, true);
    assert_none_runs_in_the_child(fd, EXESEAL_SPAWN_DEFAULT_SIGNALS, true);
    close(fd);
}

/* A program that cannot be executed is also tried by its path, after a check of /proc. */
static void no_replaced_function_runs_in_a_failing_child(void **state) {
    (void)state;
    int closed = make_memfd("#!/bin/sh\n", 10, 0444, 0), text = sealed_text("no program\n");
    assert_none_runs_in_the_child(closed, 0, false);
    assert_none_runs_in_the_child(text, 0, false);
    close(closed);
    close(text);
}

/* Control: the functions of this program are the ones that are called. */
static void control_functions_are_replaced(void **state) {
    (void)state;
    struct sigaction now;
    struct statfs fs;
    counts.host = getpid();
    counts.in_host = 0;
    assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
    assert_int_equal(fstatfs(STDERR_FILENO, &fs), 0);
    assert_int_equal(counts.in_host, 2);
    counts.host = -1;
    counts.in_child = 0;
    assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
    assert_int_equal(counts.in_child, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_replaced_function_runs_in_a_child),
        cmocka_unit_test(no_replaced_function_runs_in_a_failing_child),
        cmocka_unit_test(control_functions_are_replaced),
    };
    return run_all(tests);
}
