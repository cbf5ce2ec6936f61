/* SPDX-License-Identifier: MIT */
/* A guest in its host program: while the source has a writer, no signal of the lease reaches the
 * host. */
#include "support.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

enum { SIZE = 1 << 20, ROUNDS = 300 };

static unsigned char *pattern;

static bool gives_leases(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool gives = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    close(fd);
    return gives;
}

/* Opens the file for writing again and again until it is killed, alternately with and without
 * O_NONBLOCK. */
static pid_t start_writer(const char *path) {
    int ready[2];
    check(pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    check(child >= 0);
    if (child > 0) {
        char byte;
        close(ready[1]);
        check(read(ready[0], &byte, 1) == 1);
        close(ready[0]);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0;; i++) {
        int fd = open(path, O_WRONLY | O_CLOEXEC | (i % 2 == 0 ? O_NONBLOCK : 0));
        if (fd >= 0)
            close(fd);
        if (i == 0 && write(ready[1], "x", 1) != 1)
            _exit(1);
        /* Pauses longer than it writes, so that some leases are granted and some are broken. */
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000}, NULL);
    }
}

static void stop(pid_t child) {
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Counts the lease signals that would have reached the host. */
static volatile sig_atomic_t signals;
static void count_signal(int number) {
    (void)number;
    signals = signals + 1;
}

static volatile sig_atomic_t harmless_signals;
static void count_harmless_signal(int number) {
    (void)number;
    harmless_signals = harmless_signals + 1;
}

struct hosted {
    bool default_action; /* SIGIO's: it would end the program */
    struct way way;
};

static void clone_with_a_writer(void *argument) {
    const struct hosted *hosted = argument;
    struct exeseal_clone_options options = take_way(&hosted->way);
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    if (!gives_leases(path)) {
        remove_temp_directory(&directory);
        child_skip("the file system of the temporary directory gives no leases");
    }
    pid_t writer = start_writer(path);
    if (!hosted->default_action) {
        check(signal(SIGIO, count_signal) != SIG_ERR);
        check(signal(SIGURG, count_harmless_signal) != SIG_ERR);
    }
    /* Until both cases were seen: with a writer during the copy, and without. */
    unsigned leased = 0, settled = 0, rounds = 0;
    while (rounds < ROUNDS || leased == 0 || settled == 0) {
        int source = open(path, O_RDONLY | O_CLOEXEC);
        check(source >= 0);
        struct exeseal_report report;
        int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
        check(fd >= 3);
        check_equal(report.strategy, hosted->way.strategy);
        leased += report.evidence == EXESEAL_EVIDENCE_LEASE;
        settled += report.evidence == EXESEAL_EVIDENCE_TIMES;
        rounds++;
        close(fd);
        close(source);
    }
    stop(writer);
    remove_temp_directory(&directory);
    dprintf(STDOUT_FILENO, "%u copies with a writer at the source: %u by lease, %u by times\n", rounds, leased,
            settled);
    check_equal(signals, 0);
    check_equal(harmless_signals, 0);
}

/* The copying strategies: views use no lease. */
static void assert_no_signal(const char *name, bool default_action, bool ordinary_user) {
    static const uint32_t copying[] = {EXESEAL_STRATEGY_MEMFD, EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_TMPFILE};
    for (size_t i = 0; i < COUNT(copying); i++) {
        struct hosted hosted = {default_action, {copying[i], ordinary_user}};
        assert_child_named(name, __FILE__, __LINE__, clone_with_a_writer, &hosted);
    }
}

static void default_sigio_and_a_writer_do_not_end_the_host(void **state) {
    (void)state;
    assert_no_signal(__func__, true, false);
}

static void host_with_handlers_sees_no_signal(void **state) {
    (void)state;
    assert_no_signal(__func__, false, false);
}

static void ordinary_user_is_no_different(void **state) {
    (void)state;
    skip_unless_root();
    assert_no_signal(__func__, true, true);
}

/* A small file and a writer that never rests, to hit the moment when the lease exists and its
 * signal has not been given up yet. */
static void clone_with_a_restless_writer(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, 4096, 0755));
    if (!gives_leases(path)) {
        remove_temp_directory(&directory);
        child_skip("the file system of the temporary directory gives no leases");
    }
    pid_t writer = fork();
    if (writer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
            if (fd >= 0)
                close(fd);
        }
    }
    int source = open(path, O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        int fd = clone_of(source);
        check(fd >= 3);
        close(fd);
    }
    stop(writer);
    remove_temp_directory(&directory);
}

static void count_signals_of_a_restless_writer(void *unused) {
    check(signal(SIGURG, count_harmless_signal) != SIG_ERR);
    clone_with_a_restless_writer(unused);
    check_equal(harmless_signals, 0);
}

/* SIGURG is ignored by default, but a host may handle it for out-of-band data: it must not get
 * one. */
static void host_with_a_sigurg_handler_sees_no_signal(void **state) {
    (void)state;
    assert_child(count_signals_of_a_restless_writer, NULL);
}

/* The host's own SIGURG, blocked in the process or in the thread. */
static void clone_with_a_pending_signal(void *argument) {
    sigset_t urgent, waiting;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    check(sigprocmask(SIG_BLOCK, &urgent, NULL) == 0);
    /* an ignored signal does not stay pending */
    check(signal(SIGURG, count_harmless_signal) != SIG_ERR);
    check((*(const bool *)argument ? raise(SIGURG) : kill(getpid(), SIGURG)) == 0);
    clone_with_a_restless_writer(NULL);
    check_equal(harmless_signals, 0);
    check(sigpending(&waiting) == 0 && sigismember(&waiting, SIGURG));
    siginfo_t information;
    check_equal(sigtimedwait(&urgent, &information, &(struct timespec){0}), SIGURG);
    check(information.si_code == SI_TKILL || information.si_code == SI_USER);
    check_equal(information.si_pid, getpid());
    check(sigtimedwait(&urgent, &information, &(struct timespec){0}) < 0);
}

static void pending_sigurg_of_the_host_stays_pending(void **state) {
    (void)state;
    static const bool for_the_thread[] = {true, false};
    for (size_t i = 0; i < COUNT(for_the_thread); i++)
        assert_child(clone_with_a_pending_signal, (void *)&for_the_thread[i]);
}

static void restless_writer_does_not_end_the_host(void **state) {
    (void)state;
    assert_child(clone_with_a_restless_writer, NULL);
}

/* Control: without the library's precautions a lease ends the program with SIGIO. */
static void take_lease_naively(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", "x", 1, 0755));
    int source = open(path, O_RDONLY | O_CLOEXEC);
    bool leased = fcntl(source, F_SETLEASE, F_RDLCK) == 0;
    remove_temp_directory(&directory);
    if (!leased)
        child_skip("the file system of the temporary directory gives no leases");
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    check(writer < 0 && errno == EWOULDBLOCK);
    pause();
}

static void control_naive_lease_ends_the_host(void **state) {
    (void)state;
    int status = in_child(take_lease_naively, NULL);
    if (status == 77)
        skip_because("the file system of the temporary directory gives no leases");
    assert_int_equal(status, 128 + SIGIO);
}

/* After the call nothing is left that a writer would wait for. */
static void writer_does_not_wait_after_the_call(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755), fd = clone_of(source);
    assert_true(fd >= 3);
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(writer >= 0);
    close(writer);
    close(fd);
    close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_sigio_and_a_writer_do_not_end_the_host),
        cmocka_unit_test(host_with_handlers_sees_no_signal),
        cmocka_unit_test(ordinary_user_is_no_different),
        cmocka_unit_test(host_with_a_sigurg_handler_sees_no_signal),
        cmocka_unit_test(pending_sigurg_of_the_host_stays_pending),
        cmocka_unit_test(restless_writer_does_not_end_the_host),
        cmocka_unit_test(control_naive_lease_ends_the_host),
        cmocka_unit_test(writer_does_not_wait_after_the_call),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
