/* SPDX-License-Identifier: MIT */
/* Mounting leaves the host program as it was: no child, no signal, no other namespace. */
#include "views.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const uint32_t MOUNTING[] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_TMPFS};

enum { ROUNDS = 20 };

static int open_source(void) {
    int source = open_payload();
    check(source >= 0);
    return source;
}

static void clone_many_times(const struct viewer *viewer, int source, unsigned rounds) {
    for (unsigned i = 0; i < rounds; i++) {
        struct exeseal_report report;
        int fd = clone_by(viewer->strategy, source, &report);
        check(fd >= 3);
        check_equal(report.strategy, viewer->strategy);
        close(fd);
    }
}

static int parent_of(const char *process) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/status", process);
    const char *line = strstr(text_of(path), "PPid:");
    return line == NULL ? -1 : atoi(line + 5);
}

/* Counts zombies too. */
static int count_children(void) {
    int count = 0;
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    check(processes != NULL);
    while ((entry = readdir(processes)) != NULL)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            count += parent_of(entry->d_name) == (int)getpid();
    closedir(processes);
    return count;
}

static volatile sig_atomic_t signals;

static void count_signal(int number) {
    (void)number;
    signals = signals + 1;
}

static void catch_all_signals(void) {
    for (int number = 1; number < 65; number++)
        if (number != SIGALRM) /* the child's own alarm */
            signal(number, count_signal);
}

struct host {
    char *mounts;
    sigset_t mask;
    int descriptors, dumpable, no_new_privs;
    mode_t umask;
    char namespaces[3][64];
};

static void look_at_host(struct host *host) {
    static const char *const links[] = {"/proc/thread-self/ns/user", "/proc/thread-self/ns/mnt",
                                        "/proc/thread-self/cwd"};
    memset(host, 0, sizeof *host);
    host->mounts = strdup(text_of("/proc/self/mountinfo"));
    check(pthread_sigmask(SIG_BLOCK, NULL, &host->mask) == 0);
    host->descriptors = open_descriptors();
    host->dumpable = prctl(PR_GET_DUMPABLE);
    host->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    host->umask = umask(0);
    umask(host->umask);
    for (size_t i = 0; i < COUNT(links); i++)
        check(readlink(links[i], host->namespaces[i], sizeof host->namespaces[i] - 1) > 0);
}

static void compare_host(const struct host *before) {
    struct host after;
    look_at_host(&after);
    check(strcmp(before->mounts, after.mounts) == 0);
    check(memcmp(&before->mask, &after.mask, sizeof after.mask) == 0);
    check(memcmp(before->namespaces, after.namespaces, sizeof after.namespaces) == 0);
    check_equal(after.descriptors, before->descriptors);
    check_equal(after.dumpable, before->dumpable);
    check_equal(after.no_new_privs, before->no_new_privs);
    check_equal(after.umask, before->umask);
    check_equal(count_children(), 0);
    check_equal(signals, 0);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
    check_equal(errno, ECHILD);
}

enum hosting { HANDLED, IGNORED, NO_ZOMBIES, BLOCKED, HOSTINGS };

static void clone_in_host(const struct viewer *viewer, void *argument) {
    const enum hosting *hosting = argument;
    become(viewer);
    int source = open_source();
    catch_all_signals();
    sigset_t some;
    sigfillset(&some);
    if (*hosting == IGNORED)
        signal(SIGCHLD, SIG_IGN);
    if (*hosting == NO_ZOMBIES)
        sigaction(SIGCHLD, &(struct sigaction){.sa_handler = count_signal, .sa_flags = SA_NOCLDWAIT}, NULL);
    if (*hosting == BLOCKED)
        check(sigprocmask(SIG_BLOCK, &some, NULL) == 0);
    struct host before;
    look_at_host(&before);
    clone_many_times(viewer, source, ROUNDS);
    compare_host(&before);
    if (*hosting == BLOCKED) { /* and none is pending */
        sigset_t pending;
        check(sigpending(&pending) == 0);
        check(sigisemptyset(&pending));
    }
}

static void host_is_as_it_was(void **state) {
    (void)state;
    static enum hosting hosting;
    for (hosting = HANDLED; hosting < HOSTINGS; hosting++)
        assert_viewers(MOUNTING, clone_in_host, &hosting);
}

/* --- a thread of the host waits for any child --- */

struct waiter {
    int options;
    pid_t own; /* a child of the host's, so that the wait does not fail at once */
    unsigned others;
    atomic_bool is_ready;
};

static void *wait_for_children(void *argument) {
    struct waiter *waiter = argument;
    int status;
    pid_t ended;
    atomic_store(&waiter->is_ready, true);
    while ((ended = waitpid(-1, &status, waiter->options)) != waiter->own) {
        check(ended > 0 || errno == EINTR);
        waiter->others += ended > 0;
    }
    return NULL;
}

static void clone_beside_waiter(const struct viewer *viewer, void *argument) {
    struct waiter waiter = {.options = *(const int *)argument};
    become(viewer);
    int source = open_source();
    pthread_t thread;
    waiter.own = fork();
    if (waiter.own == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
    }
    check(pthread_create(&thread, NULL, wait_for_children, &waiter) == 0);
    while (!atomic_load(&waiter.is_ready))
        continue;
    clone_many_times(viewer, source, 5 * ROUNDS);
    kill(waiter.own, SIGKILL);
    check(pthread_join(thread, NULL) == 0);
    check_equal(count_children(), 0);
    check_equal(waiter.others, 0);
}

static void waiting_thread_sees_no_child(void **state) {
    (void)state;
    static int options[] = {0, __WALL};
    for (size_t i = 0; i < COUNT(options); i++)
        assert_viewers(MOUNTING, clone_beside_waiter, &options[i]);
}

/* --- Ctrl-C --- */

static void copy_endless_pipe(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    int ends[2], status;
    check(pipe2(ends, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        close(ends[1]);
        exeseal_clone(ends[0], NULL, 0, NULL, 0);
        _exit(1);
    }
    close(ends[0]);
    for (int i = 0; i < 20; i++)
        check(write(ends[1], "endless", 7) == 7);
    usleep(200 * 1000); /* it waits for more input */
    check_equal(waitpid(child, &status, WNOHANG), 0);
    check(kill(child, SIGINT) == 0);
    check(waitpid(child, &status, 0) == child);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void endless_copy_can_be_interrupted(void **state) {
    (void)state;
    static const uint32_t tmpfs[] = {EXESEAL_STRATEGY_TMPFS};
    assert_viewers(tmpfs, copy_endless_pipe, NULL);
}

/* --- not dumpable, as a program with file capabilities is --- */

static void clone_not_dumpable(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    int source = open_source();
    check(prctl(PR_SET_DUMPABLE, 0) == 0);
    clone_many_times(viewer, source, ROUNDS);
    check_equal(prctl(PR_GET_DUMPABLE), 0);
}

static void undumpable_host_stays_so(void **state) {
    (void)state;
    assert_viewers(MOUNTING, clone_not_dumpable, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_is_as_it_was),
        cmocka_unit_test(waiting_thread_sees_no_child),
        cmocka_unit_test(endless_copy_can_be_interrupted),
        cmocka_unit_test(undumpable_host_stays_so),
    };
    return run_all(tests);
}
