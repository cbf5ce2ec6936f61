/* SPDX-License-Identifier: MIT */
/* The options of exeseal_exec_fd: invalid ones, descriptors to keep, no_new_privs. */
#include "execution.h"

#include <sys/prctl.h>

static void empty_argv_is_einval(void **state) {
    (void)state;
    static char *empty[] = {NULL};
    char *const *const lists[] = {NULL, empty};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct execution execution = {.fd = fd, .argv = lists[i]};
        assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_ARGUMENT);
        assert_string_equal(last_attempt(&outcome->report).where, "argv");
    }
    close(fd);
}

static void bad_options_are_einval(void **state) {
    (void)state;
    int fd = sealed_payload();
    for (int bit = 10; bit < 64; bit++) {
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = (uint64_t)1 << bit};
        assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_ARGUMENT);
    }
    struct execution unasked = {.fd = fd, .argv = PAYLOAD_SAY, .options.keep_count = 1};
    assert_does_not_run(&unasked, EINVAL, EXESEAL_STEP_ARGUMENT);
    struct execution many = {
        .fd = fd, .argv = PAYLOAD_SAY, .options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS, .keep_count = 17}};
    assert_does_not_run(&many, EINVAL, EXESEAL_STEP_ARGUMENT);

    struct {
        struct exeseal_exec_options options;
        unsigned char later;
    } larger = {{.flags = EXESEAL_EXEC_CHECK}, 0};
    size_t known = sizeof larger.options;
    assert_int_equal(exeseal_exec_fd(fd, PAYLOAD_SAY, NULL, &larger.options, known - 1, NULL, 0), -EINVAL);
    assert_int_equal(exeseal_exec_fd(fd, PAYLOAD_SAY, NULL, NULL, known, NULL, 0), -EINVAL);
    assert_int_equal(exeseal_exec_fd(fd, PAYLOAD_SAY, NULL, &larger.options, known + 1, NULL, 0), 0);
    larger.later = 1;
    assert_int_equal(exeseal_exec_fd(fd, PAYLOAD_SAY, NULL, &larger.options, known + 1, NULL, 0), -E2BIG);
    close(fd);
}

/* 100, 110, 120, 130, and a neighbour of each. */
static void open_eight_inherited(struct execution *execution) {
    (void)execution;
    for (int fd = 100; fd <= 130; fd += 10) {
        check(fcntl(STDERR_FILENO, F_DUPFD, fd) == fd);
        check(fcntl(STDERR_FILENO, F_DUPFD, fd + 1) == fd + 1);
    }
}

static void close_others_leaves_what_is_kept(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "fds", NULL};
    static const struct {
        uint32_t count;
        int32_t keep[EXESEAL_EXEC_KEEP];
        const char *seen;
    } cases[] = {
        {0, {0}, "0\n1\n2\n"},
        {1, {110}, "0\n1\n2\n110\n"},
        {2, {130, 100}, "0\n1\n2\n100\n130\n"},
        {4, {120, 100, 130, 110}, "0\n1\n2\n100\n110\n120\n130\n"},
        {5, {2, 100, 100, 0, 1}, "0\n1\n2\n100\n"},
    };
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct execution execution = {
            .fd = fd, .argv = arguments, .options.flags = EXESEAL_EXEC_CLOSE_OTHERS, .before = open_eight_inherited};
        execution.options.keep_count = cases[i].count;
        memcpy(execution.options.keep, cases[i].keep, sizeof cases[i].keep);
        assert_runs(&execution);
        assert_string_equal(outcome->output, cases[i].seen);
    }
    close(fd);
}

/* Neighbours, the lowest and highest numbers, and all sixteen. */
static void open_sixteen_neighbours(struct execution *execution) {
    for (int i = 0; i < EXESEAL_EXEC_KEEP; i++) {
        check(fcntl(STDERR_FILENO, F_DUPFD, 200 + i) == 200 + i);
        execution->options.keep[i] = 200 + i;
    }
    check(fcntl(STDERR_FILENO, F_DUPFD, 199) == 199);
    check(fcntl(STDERR_FILENO, F_DUPFD, 216) == 216);
    execution->options.keep_count = EXESEAL_EXEC_KEEP;
}

static void close_others_keeps_sixteen_neighbours(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "fds", NULL};
    int fd = sealed_payload();
    struct execution execution = {
        .fd = fd, .argv = arguments, .options.flags = EXESEAL_EXEC_CLOSE_OTHERS, .before = open_sixteen_neighbours};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "0\n1\n2\n200\n201\n202\n203\n204\n205\n206\n207\n208\n209\n210\n211\n212\n"
                                         "213\n214\n215\n");
    close(fd);
}

/* Control: without the option they are inherited. */
static void without_close_others_they_are_inherited(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "fds", NULL};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = arguments, .before = open_eight_inherited};
    assert_runs(&execution);
    assert_non_null(strstr(outcome->output, "100\n101\n110\n111\n120\n121\n130\n131\n"));
    close(fd);
}

static void bad_keep_is_ebadf(void **state) {
    (void)state;
    static const int numbers[] = {-1, AT_FDCWD, INT32_MIN, 1023};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct execution execution = {
            .fd = fd, .argv = PAYLOAD_SAY, .options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS, .keep_count = 1}};
        execution.options.keep[0] = numbers[i];
        assert_does_not_run(&execution, EBADF, EXESEAL_STEP_CLOSE_OTHERS);
    }
    close(fd);
}

/* CLOSE_RANGE_CLOEXEC: a failed call has only marked them. */
static void fail_with_close_others(void *unused) {
    (void)unused;
    int inherited = open("/dev/null", O_RDONLY), text = sealed_text("no program\n");
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS};
    check_equal(exeseal_exec_fd(text, PAYLOAD_SAY, NULL, &options, sizeof options, NULL, 0), -ENOEXEC);
    check(fcntl(inherited, F_GETFD) >= 0);
}

static void failed_exec_loses_no_descriptor(void **state) {
    (void)state;
    assert_child(fail_with_close_others, NULL);
}

/* A script whose interpreter does not exist is also executed by its path in /proc, for which it
 * must be inherited. */
static void fail_with_a_script(void *unused) {
    (void)unused;
    int script = sealed_text("#!/does/not/exist\n");
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_SCRIPT};
    check_equal(exeseal_exec_fd(script, PAYLOAD_SAY, NULL, &options, sizeof options, NULL, 0), -ENOENT);
    check_equal(fcntl(script, F_GETFD), FD_CLOEXEC);
}

static void failed_exec_of_a_script_leaves_it_close_on_exec(void **state) {
    (void)state;
    assert_child(fail_with_a_script, NULL);
}

static void no_new_privs_is_set_when_asked_for(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "status", "NoNewPrivs:", NULL};
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
        skip_because("no_new_privs is set for this process already");
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = arguments};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "NoNewPrivs:\t0\n");
    execution.options.flags = EXESEAL_EXEC_NO_NEW_PRIVS;
    assert_runs(&execution);
    assert_string_equal(outcome->output, "NoNewPrivs:\t1\n");
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_argv_is_einval),
        cmocka_unit_test(bad_options_are_einval),
        cmocka_unit_test(close_others_leaves_what_is_kept),
        cmocka_unit_test(close_others_keeps_sixteen_neighbours),
        cmocka_unit_test(without_close_others_they_are_inherited),
        cmocka_unit_test(bad_keep_is_ebadf),
        cmocka_unit_test(failed_exec_loses_no_descriptor),
        cmocka_unit_test(failed_exec_of_a_script_leaves_it_close_on_exec),
        cmocka_unit_test(no_new_privs_is_set_when_asked_for),
    };
    return run_all(tests);
}
