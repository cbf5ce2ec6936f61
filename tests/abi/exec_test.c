/* SPDX-License-Identifier: MIT */
/* exeseal_exec_fd: which programs and scripts run; and the check, which changes nothing. */
#include "execution.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static char *EXTRA_ENVIRONMENT[] = {"ONE=1", "TWO=2", NULL};

/* --- programs --- */

static void memfd_runs(void **state) {
    (void)state;
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = PAYLOAD_EXIT_7};
    assert_runs(&execution);
    assert_int_equal(outcome->status, 7);
    assert_check_says(fd, 0, 0);
    close(fd);
}

static void path_descriptor_runs(void **state) {
    (void)state;
    int fd = open(built_program("lib/support/payload"), O_PATH | O_CLOEXEC);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    assert_check_says(fd, 0, 0);
    close(fd);
}

static void unsealed_file_runs(void **state) {
    (void)state;
    int fd = open_payload();
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    close(fd);
}

static void default_options_are_null(void *unused) {
    (void)unused;
    exeseal_exec_fd(sealed_payload(), PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0);
    _exit(RETURNED);
}

static void null_options_and_report_will_do(void **state) {
    (void)state;
    assert_int_equal(in_child(default_options_are_null, NULL), 7);
}

static void environment_is_what_was_passed(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "environment", NULL};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = arguments, .envp = EXTRA_ENVIRONMENT};
    assert_runs(&execution);
    assert_int_equal(outcome->status, 0);
    assert_string_equal(outcome->output, "ONE=1\nTWO=2\n");
    close(fd);
}

static void null_environment_is_empty(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "environment", NULL};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = arguments};
    assert_runs(&execution);
    assert_int_equal(outcome->status, 0);
    assert_string_equal(outcome->output, "");
    close(fd);
}

static int handler_fd;

static void execute_in_handler(int number) {
    (void)number;
    exeseal_exec_fd(handler_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0);
    _exit(RETURNED);
}

static void raise_into_handler(void *unused) {
    (void)unused;
    handler_fd = sealed_payload();
    check(signal(SIGUSR1, execute_in_handler) != SIG_ERR);
    raise(SIGUSR1);
    _exit(96);
}

static void signal_handler_may_execute(void **state) {
    (void)state;
    assert_int_equal(in_child(raise_into_handler, NULL), 7);
}

/* --- scripts --- */

static void script_needs_its_flag(void **state) {
    (void)state;
    int fd = sealed_text("#!/bin/sh\necho script $1\n");
    char *arguments[] = {"script", "argument", NULL};
    struct execution execution = {.fd = fd, .argv = arguments};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_SCRIPT);
    assert_non_null(strstr(report_text(&outcome->report), "EXESEAL_EXEC_SCRIPT"));

    execution.options.flags = EXESEAL_EXEC_SCRIPT;
    assert_runs(&execution);
    assert_string_equal(outcome->output, "script argument\n");
    assert_int_equal(outcome->status, 0);
    assert_check_says(fd, EXESEAL_EXEC_SCRIPT, 0);
    assert_true(is_close_on_exec(fd));
    close(fd);
}

static void script_by_an_inherited_descriptor_needs_no_flag(void **state) {
    (void)state;
    int fd = sealed_text("#!/bin/sh\necho script\n");
    assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
    char *arguments[] = {"script", NULL};
    struct execution execution = {.fd = fd, .argv = arguments};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "script\n");
    assert_check_says(fd, 0, 0);
    close(fd);
}

static void filter_execveat_out(struct execution *execution) {
    (void)execution;
    refuse_system_call(SYS_execveat, EPERM);
}

static void script_runs_without_execveat(void **state) {
    (void)state;
    int fd = sealed_text("#!/bin/sh\necho script\n");
    char *arguments[] = {"script", NULL};
    struct execution execution = {
        .fd = fd, .argv = arguments, .options.flags = EXESEAL_EXEC_SCRIPT, .before = filter_execveat_out};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "script\n");
    close(fd);
}

/* --- the check changes nothing --- */

static void check_with_everything(void *unused) {
    (void)unused;
    int sealed = sealed_payload(), script = sealed_text("#!/bin/sh\nexit 1\n");
    int inherited = open("/dev/null", O_RDONLY);
    check(inherited >= 0);
    const int fds[] = {sealed, script};
    int before = open_descriptors();
    errno = 4321;
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK | EXESEAL_EXEC_SCRIPT |
                                                        EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS};
        check_equal(exeseal_exec_fd(fds[i], PAYLOAD_EXIT_7, NULL, &options, sizeof options, NULL, 0), 0);
        check_equal(errno, 4321);
    }
    check_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    check(!is_close_on_exec(inherited));
    check(is_close_on_exec(sealed) && is_close_on_exec(script));
    check_equal(open_descriptors(), before);
}

static void check_changes_nothing(void **state) {
    (void)state;
    assert_child(check_with_everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_runs),
        cmocka_unit_test(path_descriptor_runs),
        cmocka_unit_test(unsealed_file_runs),
        cmocka_unit_test(null_options_and_report_will_do),
        cmocka_unit_test(environment_is_what_was_passed),
        cmocka_unit_test(null_environment_is_empty),
        cmocka_unit_test(signal_handler_may_execute),
        cmocka_unit_test(script_needs_its_flag),
        cmocka_unit_test(script_by_an_inherited_descriptor_needs_no_flag),
        cmocka_unit_test(script_runs_without_execveat),
        cmocka_unit_test(check_changes_nothing),
    };
    return run_all(tests);
}
