/* SPDX-License-Identifier: MIT */
/* Checks what exeseal_exec_fd does when the execution fails. Every call that executes gets an
 * answer, so nothing is executed. */
#include "answers.h"

#include <linux/magic.h>
#include <sys/prctl.h>

static int execute(int fd, uint64_t flags, struct exeseal_report *report) {
    static char *arguments[] = {"program", NULL};
    struct exeseal_exec_options options = {.flags = flags};
    return exeseal_exec_fd(fd, arguments, NULL, &options, sizeof options, report, sizeof *report);
}

static int open_program(void) {
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void assert_attempt(const struct exeseal_report *report, size_t which, uint32_t step, int error) {
    assert_true(which < report->attempts);
    assert_int_equal(report->attempt[which].step, step);
    assert_int_equal(report->attempt[which].error, error);
}

/* The path in /proc is tried too: `first` and `second` are the errors of the two calls, `result`
 * is the expected result. */
static void assert_path_is_tried(int first, int second, int result) {
    answer(SYS_execveat, -first);
    answer(SYS_execve, -second);
    struct exeseal_report report;
    int fd = open_program();
    assert_int_equal(execute(fd, 0, &report), -result);
    assert_attempt(&report, 0, EXESEAL_STEP_EXECVEAT, first);
    assert_attempt(&report, 1, EXESEAL_STEP_PROC_EXEC, second);
    char path[64];
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
    assert_string_equal(executed_path(), path);
    close(fd);
}

static void missing_execveat_falls_back_to_the_path(void **state) {
    (void)state;
    assert_path_is_tried(ENOSYS, E2BIG, E2BIG);
}

/* A filter that allows only execve(2). If that fails too, the policy may have refused both. */
static void refused_execveat_falls_back_to_the_path(void **state) {
    static const int errors[] = {EPERM, EACCES};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        assert_path_is_tried(errors[i], E2BIG, errors[i]);
    }
}

static void other_errors_have_no_fallback(void **state) {
    static const int errors[] = {E2BIG, ENOMEM, ETXTBSY, EIO, ENFILE, EMFILE, ELOOP, EINVAL};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_execveat, -errors[i]);
        struct exeseal_report report;
        int fd = open_program();
        assert_int_equal(execute(fd, 0, &report), -errors[i]);
        assert_int_equal(report.attempts, 1);
        assert_int_equal(calls_of(SYS_execve), 0);
        close(fd);
    }
}

static void path_in_a_fake_proc_is_not_executed(void **state) {
    (void)state;
    answer(SYS_execveat, -ENOSYS);
    answer(SYS_fstatfs, TMPFS_MAGIC);
    struct exeseal_report report;
    int fd = open_program();
    assert_int_equal(execute(fd, 0, &report), -ENOSYS);
    assert_attempt(&report, 1, EXESEAL_STEP_PROC_EXEC, ENOENT);
    assert_int_equal(calls_of(SYS_execve), 0);
    close(fd);
}

/* The descriptor must be inherited while the kernel opens the interpreter, and not afterwards. */
static void script_is_close_on_exec_again_when_it_did_not_run(void **state) {
    (void)state;
    int fd = make_memfd("#!/bin/sh\n", 10, 0755, PEER_SEALS);
    answer(SYS_execveat, -ENOENT);
    answer(FCNTL(F_SETFD), THE_KERNELS_OWN);
    answer(SYS_execve, -ENOMEM);
    answer(FCNTL(F_SETFD), THE_KERNELS_OWN);
    struct exeseal_report report;
    assert_int_equal(execute(fd, EXESEAL_EXEC_SCRIPT, &report), -ENOMEM);
    assert_int_equal(argument_of(FCNTL(F_SETFD), 0, 2), 0);
    assert_true(is_close_on_exec(fd));
    close(fd);
}

/* --- if a setting fails, the program is not executed without it --- */

static void assert_is_not_executed(uint64_t flag, int error, uint32_t step) {
    struct exeseal_report report;
    int fd = open_program();
    assert_int_equal(execute(fd, flag, &report), -error);
    assert_int_equal(report.attempts, 1);
    assert_attempt(&report, 0, step, error);
    assert_int_equal(calls_of(SYS_execveat), 0);
    close(fd);
}

static void nothing_runs_without_no_new_privs(void **state) {
    (void)state;
    answer(SYS_prctl, -EINVAL);
    assert_is_not_executed(EXESEAL_EXEC_NO_NEW_PRIVS, EINVAL, EXESEAL_STEP_NO_NEW_PRIVS);
    assert_int_equal(argument_of(SYS_prctl, 0, 0), PR_SET_NO_NEW_PRIVS);
}

static void nothing_runs_with_descriptors_that_were_to_be_closed(void **state) {
    static const int errors[] = {ENOSYS, EPERM, EINVAL};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_close_range, -errors[i]);
        assert_is_not_executed(EXESEAL_EXEC_CLOSE_OTHERS, errors[i], EXESEAL_STEP_CLOSE_OTHERS);
    }
}

/* A child that failed must be waited for until it is reaped, or it stays a zombie. */
static void interrupted_wait_for_a_child_is_restarted(void **state) {
    (void)state;
    static char *arguments[] = {"program", NULL};
    answer(SYS_execveat, -ENOEXEC);
    answer(SYS_wait4, -EINTR);
    answer(SYS_wait4, -EINTR);
    int fd = open_program();
    assert_true(exeseal_spawn_fd(fd, arguments, NULL, NULL, 0, NULL, 0, NULL, 0) < 0);
    assert_int_equal(calls_of(SYS_wait4), 3);
    assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(missing_execveat_falls_back_to_the_path),
        fault_test(refused_execveat_falls_back_to_the_path),
        fault_test(other_errors_have_no_fallback),
        fault_test(path_in_a_fake_proc_is_not_executed),
        fault_test(script_is_close_on_exec_again_when_it_did_not_run),
        fault_test(nothing_runs_without_no_new_privs),
        fault_test(nothing_runs_with_descriptors_that_were_to_be_closed),
        fault_test(interrupted_wait_for_a_child_is_restarted),
    };
    return run_all(tests);
}
