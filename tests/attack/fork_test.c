/* SPDX-License-Identifier: MIT */
/* Another thread of the host forks in the middle of a clone, as a prefork server does, and its
 * child keeps what it inherited. The result is as read-only as without that child. */
#include "attacks.h"

#include "mounting.h"
#include "sandbox.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum life { NONE, SHORT, LONG }; /* how long the forked children live */

struct host {
    uint32_t strategy; /* EXESEAL_STRATEGY_NONE: a naive view by bind */
    enum life life;
    int source, socket;
    int forks[2], done[2]; /* one byte for each order to fork or attack; one byte when it is done */
    int attacks[2], end[2];
    unsigned children;
    struct exeseal_report *report; /* in shared memory */
};

static void tell(const int ends[2]) {
    check(write(ends[1], "x", 1) == 1);
}

static bool wait_until_told(const int ends[2]) {
    char byte;
    return read(ends[0], &byte, 1) == 1;
}

/* --- the host: one thread clones, another one forks --- */

/* Does everything to the inherited descriptors that a child with the host's rights can do. */
static void loosen_everything(void) {
    for (int fd = 3; fd < 64; fd++) {
        (void)!set_mount_attributes(fd, 0, ATTRIBUTE_READ_ONLY);
        int context = pick_superblock(fd);
        if (context >= 0)
            (void)!set_superblock_flag(context, "rw");
    }
}

static _Noreturn void live(const struct host *host) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (host->life == SHORT) {
        usleep(20 * 1000);
        _exit(0);
    }
    if (wait_until_told(host->attacks))
        loosen_everything();
    tell(host->done);
    pause();
    _exit(0);
}

static void *fork_when_told(void *argument) {
    const struct host *host = argument;
    while (wait_until_told(host->forks)) {
        if (fork() == 0)
            live(host);
        tell(host->done);
    }
    return NULL;
}

/* A naive view: it takes closing the mount for its end. */
static int view_naively(int source) {
    struct statx file;
    int tree = open_tree_of(source, "", TREE_CLONE | AT_EMPTY_PATH);
    check(tree >= 0 && set_mount_attributes(tree, ATTRIBUTE_READ_ONLY, 0) == 0);
    int view = open(proc_path(tree), O_RDONLY | O_CLOEXEC);
    check(statx(tree, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &file) == 0);
    close(tree);
    return view;
}

static int make(const struct host *host, const struct exeseal_clone_options *options) {
    if (host->strategy == EXESEAL_STRATEGY_NONE)
        return view_naively(host->source);
    int fd = exeseal_clone(host->source, options, sizeof *options, host->report, sizeof *host->report);
    return host->report->strategy == host->strategy ? fd : -1;
}

/* The host stops at each statx(2), which every strategy calls on the files that it holds. */
static _Noreturn void host_main(struct host *host) {
    struct exeseal_clone_options options = leave_only(host->strategy);
    pthread_t thread;
    check(pthread_create(&thread, NULL, fork_when_told, host) == 0);
    int watch = watch_system_calls(SYS_statx, SYS_statx);
    if (watch < 0)
        child_skip("this kernel has no seccomp notifications");
    send_descriptor(host->socket, watch);
    close(watch);
    int fd = make(host, &options);
    if (fd >= 0)
        send_descriptor(host->socket, fd);
    else
        check(write(host->socket, "x", 1) == 1);
    wait_until_told(host->end);
    _exit(0); /* its children end too */
}

static void fork_in_host(pid_t task, void *argument) {
    struct host *host = argument;
    (void)task;
    if (host->life == NONE)
        return;
    tell(host->forks);
    check(wait_until_told(host->done));
    host->children++;
}

/* --- the attacker: root of a user namespace that the owner created --- */

static void attack_result(void *argument) {
    static void (*const attacks[])(struct target *) = {change_mount, change_tree, change_cloned_tree,
                                                       attach_mount, remount,     reconfigure_superblock};
    struct target target = {.fd = *(const int *)argument};
    become_ordinary_user();
    become_root_of_user_namespace();
    check(unshare(CLONE_NEWNS) == 0);
    for (size_t i = 0; i < COUNT(attacks); i++)
        attacks[i](&target);
}

static void let_children_attack(const struct host *host) {
    /* the naive view falls to the attacker alone */
    if (host->life != LONG || host->strategy == EXESEAL_STRATEGY_NONE)
        return;
    for (unsigned i = 0; i < host->children; i++) {
        tell(host->attacks);
        check(wait_until_told(host->done));
    }
}

/* --- both --- */

struct trial {
    uint32_t strategy;
    enum life life;
    bool is_made, is_changed; /* the expected result */
};

static void start_host(struct host *host, int *socket) {
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int *pipes[] = {host->forks, host->done, host->attacks, host->end};
    for (size_t i = 0; i < COUNT(pipes); i++)
        check(pipe2(pipes[i], O_CLOEXEC) == 0);
    host->socket = ends[1];
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        host_main(host);
    }
    close(ends[1]);
    *socket = ends[0];
}

static int result_of_host(struct host *host, int socket) {
    int watch = receive_descriptor(socket), status;
    if (watch < 0) {
        check(wait(&status) > 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1); /* the child has reported the reason */
    }
    serve_watch(watch, socket, fork_in_host, host);
    close(watch);
    return receive_descriptor(socket);
}

static void try_trial(void *argument) {
    const struct trial *trial = argument;
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", program()->data, program()->size, 0755);
    check(chown(path, ORDINARY_USER, ORDINARY_USER) == 0);
    struct host host = {.strategy = trial->strategy, .life = trial->life, .source = open(path, O_RDONLY | O_CLOEXEC)};
    host.report = mmap(NULL, sizeof *host.report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int socket;
    start_host(&host, &socket);
    int fd = result_of_host(&host, socket), reader = open(proc_path(fd), O_RDONLY | O_CLOEXEC);
    check_equal(fd >= 0, trial->is_made);
    check((host.children > 0) == (trial->life != NONE)); /* else nothing was raced */
    if (fd >= 0) {
        let_children_attack(&host);
        check_equal(in_child(attack_result, &fd), 0);
        check_equal(!holds_bytes(reader, program()->data, program()->size), trial->is_changed);
    } else {
        check(strstr(report_text(host.report), ": read-only: EBUSY: ") != NULL);
        check(host.report->retries > 0);
    }
    tell(host.end);
    remove_temp_directory(&directory);
}

static void assert_trials(const char *name, const struct trial *trials, size_t count) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
    for (size_t i = 0; i < count; i++) {
        int status = in_child(try_trial, (void *)&trials[i]);
        if (status != 0)
            print_error("%s, life %d\n", exeseal_strategy_name(trials[i].strategy), trials[i].life);
        if (status != 0)
            assert_child_named(name, __FILE__, __LINE__, try_trial, (void *)&trials[i]);
    }
}

static void children_that_go_on_are_waited_for(void **state) {
    (void)state;
    static const struct trial trials[] = {{EXESEAL_STRATEGY_MEMFD, SHORT, true, false},
                                          {EXESEAL_STRATEGY_TMPFS, SHORT, true, false},
                                          {EXESEAL_STRATEGY_OVERLAY, SHORT, true, false},
                                          {EXESEAL_STRATEGY_BIND, SHORT, true, false}};
    assert_trials(__func__, trials, COUNT(trials));
}

/* A result that would not be read-only is not produced. A child keeps the mount of an overlay
 * alive, but that file system stays read-only for everyone because it has no upper layer. */
static void children_that_stay_change_nothing(void **state) {
    (void)state;
    static const struct trial trials[] = {{EXESEAL_STRATEGY_MEMFD, LONG, true, false},
                                          {EXESEAL_STRATEGY_TMPFS, LONG, false, false},
                                          {EXESEAL_STRATEGY_OVERLAY, LONG, true, false},
                                          {EXESEAL_STRATEGY_BIND, LONG, false, false}};
    assert_trials(__func__, trials, COUNT(trials));
}

static void control_naive_view_is_changed_if_a_child_stays(void **state) {
    (void)state;
    static const struct trial trials[] = {{EXESEAL_STRATEGY_NONE, NONE, true, false},
                                          {EXESEAL_STRATEGY_NONE, LONG, true, true}};
    assert_trials(__func__, trials, COUNT(trials));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_that_go_on_are_waited_for),
        cmocka_unit_test(children_that_stay_change_nothing),
        cmocka_unit_test(control_naive_view_is_changed_if_a_child_stays),
    };
    return run_all(tests);
}
