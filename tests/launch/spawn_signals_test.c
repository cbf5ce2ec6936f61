/* SPDX-License-Identifier: MIT */
/* Signals of a spawned program, and that no handler of the host runs in the child. */
#include "execution.h"
#include "sandbox.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static int payload_fd;
static char *SIGNALS[] = {"payload", "status", "Sig", NULL};

static uint64_t seen(const char *field) {
    const char *line = strstr(outcome->output, field);
    assert_non_null(line);
    return strtoull(line + strlen(field) + 2, NULL, 16);
}

static uint64_t bit(int signal) {
    return (uint64_t)1 << (signal - 1);
}

static void ignore_handler(int signal) {
    (void)signal;
}

/* Blocks USR1, ignores USR2, HUP and SYS, and sets a handler for TERM and for a real-time signal.
 */
static void prepare_signals(struct execution *unused) {
    (void)unused;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGRTMAX);
    check(sigprocmask(SIG_SETMASK, &blocked, NULL) == 0);
    check(signal(SIGUSR2, SIG_IGN) != SIG_ERR && signal(SIGHUP, SIG_IGN) != SIG_ERR);
    check(signal(SIGSYS, SIG_IGN) != SIG_ERR);
    check(signal(SIGTERM, ignore_handler) != SIG_ERR && signal(SIGRTMIN, ignore_handler) != SIG_ERR);
}

static void mask_and_ignored_signals_are_kept(void **state) {
    (void)state;
    struct execution execution = {.fd = payload_fd, .argv = SIGNALS, .spawn = BOTH_WAYS[1], .before = prepare_signals};
    assert_runs(&execution);
    assert_int_equal(seen("SigBlk"), bit(SIGUSR1) | bit(SIGRTMAX));
    uint64_t ignored = bit(SIGUSR2) | bit(SIGHUP) | bit(SIGSYS);
    assert_int_equal(seen("SigIgn") & ignored, ignored);
    assert_int_equal(seen("SigCgt"), 0);
}

static void default_signals_resets_mask_and_ignored_signals(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.flags = EXESEAL_SPAWN_DEFAULT_SIGNALS};
    struct execution execution = {.fd = payload_fd, .argv = SIGNALS, .spawn = &options, .before = prepare_signals};
    assert_runs(&execution);
    assert_int_equal(seen("SigBlk"), 0);
    assert_int_equal(seen("SigIgn"), 0);
    assert_int_equal(seen("SigCgt"), 0);
}

/* --- a storm of signals to the process group --- */

static const int storm[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGHUP, SIGALRM, SIGWINCH};

static struct {
    atomic_int in_host, in_child;
    pid_t host;
} * counts; /* in shared memory */

static void count_where(int signal) {
    (void)signal;
    atomic_fetch_add((pid_t)syscall(SYS_getpid) == counts->host ? &counts->in_host : &counts->in_child, 1);
}

static void send_storm(pid_t group) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0;; i++) {
        if (kill(-group, storm[i % COUNT(storm)]) < 0)
            _exit(1);
        if (i % 32 == 0)
            sched_yield();
    }
}

static void become_a_group_with_a_storm(void) {
    int ready[2];
    char byte;
    check(pipe(ready) == 0 && setpgid(0, 0) == 0);
    counts->host = getpid();
    for (size_t i = 0; i < COUNT(storm); i++)
        check(signal(storm[i], count_where) != SIG_ERR);
    pid_t sender = fork();
    if (sender == 0) {
        check(setpgid(0, 0) == 0 && write(ready[1], "", 1) == 1);
        send_storm(getppid());
    }
    check(sender > 0 && read(ready[0], &byte, 1) == 1);
}

/* The default action of a signal may end the child before or after execve, as with fork(2). Nothing
 * else may. */
static bool is_of_the_storm(int status) {
    for (size_t i = 0; i < COUNT(storm); i++)
        if (status == 128 + storm[i])
            return true;
    return false;
}

static void spawn_in_a_storm(void *unused) {
    (void)unused;
    enum { ROUNDS = 400 };
    struct exeseal_report report;
    int text = sealed_text("no program\n"), ended = 0, killed = 0, failed = 0;
    become_a_group_with_a_storm();
    for (int i = 0; i < ROUNDS; i++) {
        int pidfd = exeseal_spawn_fd(i % 4 == 0 ? text : payload_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0, &report,
                                     sizeof report);
        if (pidfd < 0) {
            check(pidfd == -ECHILD || (pidfd == -ENOEXEC && i % 4 == 0));
            failed++;
            continue;
        }
        int status = end_of(pidfd);
        check(status == 7 || is_of_the_storm(status));
        ended += status == 7;
        killed += status != 7;
        close(pidfd);
    }
    check_equal(counts->in_child, 0);
    check(counts->in_host > 0);
    check_equal(ended + killed + failed, ROUNDS);
}

static void share_counts(void) {
    if (counts == NULL) {
        counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(counts, MAP_FAILED);
    }
    memset(counts, 0, sizeof *counts);
}

static void no_handler_of_the_host_runs_in_the_child(void **state) {
    (void)state;
    share_counts();
    assert_child(spawn_in_a_storm, NULL);
}

/* Control. */
static void fork_in_a_storm(void *unused) {
    (void)unused;
    become_a_group_with_a_storm();
    while (counts->in_child == 0) {
        pid_t child = fork();
        if (child == 0) {
            usleep(200);
            _exit(0);
        }
        int status;
        while (waitpid(child, &status, 0) < 0)
            check(errno == EINTR);
    }
}

static void control_a_plain_fork_runs_them(void **state) {
    (void)state;
    share_counts();
    assert_child(fork_in_a_storm, NULL);
}

/* Signals that the caller blocks are blocked in the child and in the program too. */
static void spawn_in_a_blocked_storm(void *unused) {
    (void)unused;
    sigset_t blocked;
    sigfillset(&blocked);
    check(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    become_a_group_with_a_storm();
    for (int i = 0; i < 200; i++) {
        int pidfd = exeseal_spawn_fd(payload_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0, NULL, 0);
        check(pidfd >= 3);
        check_equal(end_of(pidfd), 7);
        close(pidfd);
    }
}

static void blocked_signals_kill_no_child(void **state) {
    (void)state;
    share_counts();
    assert_child(spawn_in_a_blocked_storm, NULL);
}

static void new_group_in_a_storm(void *unused) {
    (void)unused;
    struct exeseal_spawn_options options = {.flags = EXESEAL_SPAWN_NEW_GROUP};
    become_a_group_with_a_storm();
    int lost = 0;
    for (int i = 0; i < 200; i++) {
        int pidfd = exeseal_spawn_fd(payload_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, &options, sizeof options, NULL, 0);
        if (pidfd < 0 || end_of(pidfd) != 7)
            lost++; /* by a signal before it left the group */
        if (pidfd >= 0)
            close(pidfd);
    }
    check(lost < 200);
    check_equal(counts->in_child, 0);
}

static void new_group_does_not_get_the_signals(void **state) {
    (void)state;
    share_counts();
    assert_child(new_group_in_a_storm, NULL);
}

/* --- a SIGSYS handler without SA_RESTART: the only signal not blocked during the wait for the
 * child --- */

static struct {
    pid_t process, thread;
    atomic_bool stops;
} interrupted;

static void *send_sigsys(void *unused) {
    while (!interrupted.stops)
        syscall(SYS_tgkill, interrupted.process, interrupted.thread, SIGSYS);
    return unused;
}

static void count_interruption(int signal) {
    (void)signal;
    counts->in_host++;
}

static void fail_while_interrupted(void *unused) {
    (void)unused;
    enum { ROUNDS = 3000 };
    int text = sealed_text("no program\n");
    const struct sigaction without_restart = {.sa_handler = count_interruption};
    pthread_t sender;
    check(sigaction(SIGSYS, &without_restart, NULL) == 0);
    interrupted.process = getpid();
    interrupted.thread = (pid_t)syscall(SYS_gettid);
    check(pthread_create(&sender, NULL, send_sigsys, NULL) == 0);
    for (int i = 0; i < ROUNDS; i++)
        check_equal(exeseal_spawn_fd(text, PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0, NULL, 0), -ENOEXEC);
    interrupted.stops = true;
    check(pthread_join(sender, NULL) == 0);
    check(counts->in_host > 0);
    check(waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD);
}

static void interrupted_wait_leaves_no_child(void **state) {
    (void)state;
    share_counts();
    assert_child(fail_while_interrupted, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mask_and_ignored_signals_are_kept),
        cmocka_unit_test(default_signals_resets_mask_and_ignored_signals),
        cmocka_unit_test(no_handler_of_the_host_runs_in_the_child),
        cmocka_unit_test(control_a_plain_fork_runs_them),
        cmocka_unit_test(blocked_signals_kill_no_child),
        cmocka_unit_test(new_group_does_not_get_the_signals),
        cmocka_unit_test(interrupted_wait_leaves_no_child),
    };
    payload_fd = sealed_payload();
    int result = run_all(tests);
    close(payload_fd);
    return result;
}
