/* SPDX-License-Identifier: MIT */
/* A death signal that is set after the parent ended is never sent, so the child must not run.
 *
 * A seccomp notification stops the child right before it sets its death signal. Then its parent is
 * killed. */
#include "execution.h"
#include "sandbox.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static int payload_fd;
static char *SAY[] = {"payload", "say", "started", NULL};
static const struct exeseal_exec_options death_signal = {.flags = EXESEAL_EXEC_DEATH_SIGNAL, .death_signal = SIGKILL};

/* Makes the system call wait for an answer at the returned descriptor. */
static int stop_at_death_signal(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PDEATHSIG, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(rules), rules};
    check_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0)
        child_skip("no seccomp notifications here");
    return listener;
}

/* Kills the host when its child is about to set its death signal, then lets the child continue. */
static void kill_in_between(int listener, pid_t host) {
    struct pollfd stopped = {listener, POLLIN, 0};
    check_equal(poll(&stopped, 1, -1), 1);
    struct seccomp_notif notification = {0};
    check_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification), 0);
    check(notification.pid != (uint32_t)host);
    check_equal(kill(host, SIGKILL), 0);
    check_equal(waitpid(host, NULL, 0), host);
    struct seccomp_notif_resp answer = {.id = notification.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    check_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
}

/* Returns how many bytes the child wrote whose host was killed in between. */
static size_t written_by_orphan(void (*start)(int output)) {
    int listener = stop_at_death_signal(), output[2];
    check_equal(pipe2(output, O_CLOEXEC), 0);
    pid_t host = fork();
    if (host == 0) {
        close(listener);
        start(output[1]);
        _exit(1);
    }
    close(output[1]);
    kill_in_between(listener, host);
    char text[16];
    size_t length = 0;
    for (ssize_t got; (got = read(output[0], text, sizeof text)) > 0;)
        length += (size_t)got;
    return length;
}

static void spawn(int output) {
    struct exeseal_spawn_options options = {.map_count = 1, .map = {{output, STDOUT_FILENO}}};
    exeseal_spawn_fd(payload_fd, SAY, NULL, &death_signal, sizeof death_signal, &options, sizeof options, NULL, 0);
}

static void fork_and_execute(int output) {
    if (fork() == 0) {
        dup2(output, STDOUT_FILENO);
        exeseal_exec_fd(payload_fd, SAY, NULL, &death_signal, sizeof death_signal, NULL, 0);
        _exit(1);
    }
    pause();
}

static void is_not_started(void *unused) {
    (void)unused;
    check_equal(written_by_orphan(spawn), 0);
}

static void is_started(void *unused) {
    (void)unused;
    check(written_by_orphan(fork_and_execute) > 0);
}

static void program_does_not_start_if_the_parent_has_ended(void **state) {
    (void)state;
    assert_child(is_not_started, NULL);
}

/* Control: exeseal_exec_fd alone does not know the parent. */
static void control_orphan_of_exec_fd_runs(void **state) {
    (void)state;
    assert_child(is_started, NULL);
}

int main(void) {
    payload_fd = open_payload();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_does_not_start_if_the_parent_has_ended),
        cmocka_unit_test(control_orphan_of_exec_fd_runs),
    };
    return run_all(tests);
}
