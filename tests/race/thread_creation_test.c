/* SPDX-License-Identifier: MIT */
/* Other threads can create threads during each call, except while the kernel checks whether a
 * program can be executed: exeseal(7), "Effects on the calling process". */
#include "execution.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 1000 };

static atomic_bool is_over;

struct caller {
    void (*call)(int fd);
    int fd;
};

static void *call_until_the_end(void *argument) {
    struct caller *caller = argument;
    while (!is_over)
        caller->call(caller->fd);
    return NULL;
}

static void *return_at_once(void *argument) {
    return argument;
}

/* Returns the number of threads that could not be created. */
static int create_threads(void) {
    int refused = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, return_at_once, NULL);
        if (error == 0)
            check(pthread_join(thread, NULL) == 0);
        else
            check_equal(error, EAGAIN);
        refused += error != 0;
    }
    return refused;
}

static int create_threads_beside(void (*call)(int fd)) {
    struct caller caller = {call, sealed_payload()};
    pthread_t thread;
    is_over = false;
    check(pthread_create(&thread, NULL, call_until_the_end, &caller) == 0);
    int refused = create_threads();
    is_over = true;
    check(pthread_join(thread, NULL) == 0);
    close(caller.fd);
    return refused;
}

static void clone_it(int fd) {
    close(exeseal_clone(fd, NULL, 0, NULL, 0));
}

static void spawn_it(int fd) {
    char *argv[] = {"payload", "exit", "0", NULL};
    int child = exeseal_spawn_fd(fd, argv, NULL, NULL, 0, NULL, 0, NULL, 0);
    siginfo_t end;
    check(child >= 3 && waitid((idtype_t)P_PIDFD, (id_t)child, &end, WEXITED) == 0);
    check_equal(end.si_status, 0);
    close(child);
}

static void inspect_it(int fd) {
    struct exeseal_info info;
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
}

static void check_it(int fd) {
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK};
    char *argv[] = {"payload", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, &options, sizeof options, NULL, 0), 0);
}

static void probe_it(int fd) {
    (void)fd;
    check_equal(exeseal_probe(EXESEAL_STRATEGY_MEMFD, NULL, 0), 0);
}

static void create_beside_harmless_calls(void *unused) {
    (void)unused;
    check_equal(create_threads_beside(clone_it), 0);
    check_equal(create_threads_beside(spawn_it), 0);
    check_equal(create_threads_beside(inspect_it), 0);
}

static void threads_can_be_created_during_a_call(void **state) {
    (void)state;
    assert_child(create_beside_harmless_calls, NULL);
}

/* How many are refused depends on the kernel, which has AT_EXECVE_CHECK since Linux 6.14. */
static void create_beside_checks(void *unused) {
    (void)unused;
    create_threads_beside(check_it);
    create_threads_beside(probe_it);
    check_equal(create_threads(), 0);
}

static void checks_refuse_threads_only_while_they_last(void **state) {
    (void)state;
    assert_child(create_beside_checks, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_can_be_created_during_a_call),
        cmocka_unit_test(checks_refuse_threads_only_while_they_last),
    };
    return run_all(tests);
}
