/* SPDX-License-Identifier: MIT */
/* exeseal_spawn_fd returns a pidfd, or reports a failure and leaves nothing behind. */
#include "execution.h"
#include "sandbox.h"

#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int payload_fd;
static char *WAIT[] = {"payload", "wait", NULL};

static int spawn_with(int fd, char *const *argv, const struct exeseal_spawn_options *options,
                      struct exeseal_report *report) {
    return exeseal_spawn_fd(fd, argv, NULL, NULL, 0, options, options == NULL ? 0 : sizeof *options, report,
                            report == NULL ? 0 : sizeof *report);
}

static int spawn_program(char *const *argv) {
    return spawn_with(payload_fd, argv, NULL, NULL);
}

static bool has_child(void) {
    return waitpid(-1, NULL, __WALL | WNOHANG) >= 0 || errno != ECHILD;
}

static int lines_of(const char *path) {
    FILE *file = fopen(path, "re");
    int lines = 0;
    for (int c; file != NULL && (c = getc(file)) != EOF;)
        lines += c == '\n';
    if (file != NULL)
        fclose(file);
    return lines;
}

/* --- the pidfd --- */

static void pidfd_is_close_on_exec_and_reports_the_end(void **state) {
    (void)state;
    int pidfd = spawn_program(PAYLOAD_EXIT_7);
    assert_true(pidfd >= 3);
    assert_true(is_close_on_exec(pidfd));
    struct pollfd ended = {pidfd, POLLIN, 0};
    assert_int_equal(poll(&ended, 1, -1), 1);
    assert_int_equal(end_of(pidfd), 7);
    assert_int_equal(end_of(pidfd), -ECHILD);
    close(pidfd);
}

static void pidfd_takes_signals(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct exeseal_spawn_options input = {.map_count = 1, .map = {{ends[0], STDIN_FILENO}}};
    int pidfd = spawn_with(payload_fd, WAIT, &input, NULL);
    assert_true(pidfd >= 3);
    struct pollfd ended = {pidfd, POLLIN, 0};
    assert_int_equal(poll(&ended, 1, 0), 0);
    assert_int_equal(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0), 0);
    assert_int_equal(end_of(pidfd), 128 + SIGTERM);
    close(pidfd);
    close(ends[0]);
    close(ends[1]);
}

static void spawn_without_standard_descriptors(void *unused) {
    (void)unused;
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    int pidfd = spawn_program(PAYLOAD_EXIT_7);
    check(dup2(errors, STDERR_FILENO) == STDERR_FILENO);
    check(pidfd >= 3 && is_close_on_exec(pidfd));
    check_equal(end_of(pidfd), 7);
    check(fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0);
}

static void pidfd_is_no_standard_descriptor(void **state) {
    (void)state;
    assert_child(spawn_without_standard_descriptors, NULL);
}

/* Only number 0 is free. The child already runs, so its pidfd is returned at 0. */
static void spawn_with_one_free_number(void *unused) {
    (void)unused;
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64}) == 0);
    while (dup(STDERR_FILENO) >= 0)
        continue;
    close(0);
    int pidfd = spawn_program(PAYLOAD_EXIT_7);
    check_equal(pidfd, 0);
    check(is_close_on_exec(pidfd));
    check_equal(end_of(pidfd), 7);
}

static void child_is_returned_even_at_number_0(void **state) {
    (void)state;
    assert_child(spawn_with_one_free_number, NULL);
}

static void child_is_an_ordinary_child(void **state) {
    (void)state;
    int status, pidfd = spawn_program(PAYLOAD_EXIT_7);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    assert_int_equal(end_of(pidfd), -ECHILD);
    close(pidfd);
}

static void session_and_group_are_as_requested(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "group", NULL};
    static const struct {
        struct exeseal_spawn_options options;
        const char *wanted;
    } cases[] = {{{.flags = 0}, "inherited inherited\n"},
                 {{.flags = EXESEAL_SPAWN_NEW_GROUP}, "own inherited\n"},
                 {{.flags = EXESEAL_SPAWN_NEW_SESSION}, "own own\n"},
                 {{.flags = EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION}, "own own\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct execution execution = {.fd = payload_fd, .argv = arguments, .spawn = &cases[i].options};
        assert_runs(&execution);
        assert_string_equal(outcome->output, cases[i].wanted);
    }
}

static void check_creates_no_child(void **state) {
    (void)state;
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK};
    struct exeseal_spawn_options map = {.map_count = 1, .map = {{0, 7}}};
    struct exeseal_report report;
    for (int from = 0; from <= 1023; from += 1023) {
        map.map[0].from = from;
        int result = exeseal_spawn_fd(payload_fd, PAYLOAD_EXIT_7, NULL, &options, sizeof options, &map, sizeof map,
                                      &report, sizeof report);
        assert_int_equal(result, from == 0 ? 0 : -EBADF);
        assert_false(has_child());
    }
    assert_int_equal(last_attempt(&report).step, EXESEAL_STEP_SPAWN);
}

/* --- failures --- */

static void *self_with_missing_interpreter(size_t *size) {
    struct bytes shell = read_path("/bin/sh");
    static const char name[] = "/ld-";
    char *at = memmem(shell.data, shell.size, name, sizeof name - 1);
    assert_non_null(at);
    memcpy(at, "/#d-", sizeof name - 1);
    *size = shell.size;
    return shell.data;
}

static struct failing {
    int fd;
    struct exeseal_exec_options exec_options;
    struct exeseal_spawn_options options;
    int error;
    uint32_t step;
    const char *where;
} failing[7];

static void make_failing(void) {
    static const char nothing[] = "no program\n";
    size_t size;
    void *lost = self_with_missing_interpreter(&size);
    const struct failing all[] = {
        {.fd = sealed_text(nothing), .error = ENOEXEC, .step = EXESEAL_STEP_FORMAT, .where = ""},
        {.fd = sealed_memory(lost, size), .error = ENOENT, .step = EXESEAL_STEP_INTERPRETER},
        {.fd = make_memfd(nothing, sizeof nothing, 0444, 0), .error = EACCES, .step = EXESEAL_STEP_PROC_EXEC},
        {.fd = payload_fd,
         .options = {.map_count = 2, .map = {{0, 9}, {1000, 10}}},
         .error = EBADF,
         .step = EXESEAL_STEP_SPAWN,
         .where = "map"},
        {.fd = payload_fd,
         .options = {.map_count = 1, .map = {{0, 0x7fffffff}}},
         .error = EBADF,
         .step = EXESEAL_STEP_SPAWN,
         .where = "map"},
        {.fd = payload_fd,
         .exec_options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS, .keep_count = 1, .keep = {1000}},
         .error = EBADF,
         .step = EXESEAL_STEP_CLOSE_OTHERS,
         .where = "keep"},
        {.fd = 1000, .error = EBADF, .step = EXESEAL_STEP_EXECVEAT},
    };
    memcpy(failing, all, sizeof all);
    free(lost);
}

static void close_failing(void) {
    for (size_t i = 0; i < 3; i++)
        close(failing[i].fd);
}

static volatile sig_atomic_t children_ended;

static void count_child(int signal) {
    (void)signal;
    children_ended++;
}

static const struct sigaction hosts[] = {
    {.sa_handler = SIG_DFL},
    {.sa_handler = count_child},
    {.sa_handler = SIG_IGN},
    {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT},
};

static void fail_in_this_host(void *host) {
    check(sigaction(SIGCHLD, host, NULL) == 0);
    int descriptors = open_descriptors(), maps = 0;
    for (size_t i = 0; i < COUNT(failing); i++) {
        const struct failing *one = &failing[i];
        struct exeseal_report report;
        errno = 1234;
        int result = exeseal_spawn_fd(one->fd, PAYLOAD_SAY, NULL, &one->exec_options, sizeof one->exec_options,
                                      &one->options, sizeof one->options, &report, sizeof report);
        check_equal(errno, 1234);
        check_equal(result, -one->error);
        check_equal(last_attempt(&report).step, one->step);
        check_equal(last_attempt(&report).error, one->error);
        check(one->where == NULL || strcmp(last_attempt(&report).where, one->where) == 0);
        check(!has_child());
        check_equal(open_descriptors(), descriptors);
        if (i > 0)
            check_equal(lines_of("/proc/self/maps"), maps);
        maps = lines_of("/proc/self/maps");
    }
    check_equal(children_ended, 0);
    int pidfd = spawn_program(PAYLOAD_EXIT_7); /* control: a program that runs raises it */
    check(pidfd >= 3);
    check(poll(&(struct pollfd){pidfd, POLLIN, 0}, 1, -1) != 0);
    bool is_counted = ((const struct sigaction *)host)->sa_handler == count_child;
    while (is_counted && children_ended == 0)
        usleep(10000);
    check_equal(children_ended, is_counted);
}

static void failure_is_named_and_leaves_no_child(void **state) {
    (void)state;
    make_failing();
    for (size_t i = 0; i < COUNT(hosts); i++)
        assert_child(fail_in_this_host, (void *)&hosts[i]);
    close_failing();
}

static void spawn_with_few_descriptors(void *unused) {
    (void)unused;
    struct exeseal_spawn_options map = {.map_count = 2, .map = {{0, 7}, {0, 8}}};
    struct exeseal_report report;
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){32, 32}) == 0);
    while (dup(STDERR_FILENO) >= 0)
        continue;
    check_equal(spawn_with(payload_fd, PAYLOAD_SAY, NULL, &report), -EMFILE);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SPAWN);
    check(strcmp(last_attempt(&report).where, "clone") == 0);
    close(31); /* the number of the pidfd, which the child lacks */
    check_equal(spawn_with(payload_fd, PAYLOAD_SAY, &map, &report), -EMFILE);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SPAWN);
    check(strcmp(last_attempt(&report).where, "map") == 0);
    check(strstr(report_text(&report), "RLIMIT_NOFILE") != NULL);
    check(!has_child());
}

static void out_of_descriptors_is_emfile(void **state) {
    (void)state;
    assert_child(spawn_with_few_descriptors, NULL);
}

static void spawn_where_executing_kills(void *unused) {
    (void)unused;
    struct exeseal_report report;
    int descriptors = open_descriptors();
    check(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
    check(signal(SIGCHLD, count_child) != SIG_ERR);
    kill_at_system_call(SYS_execveat);
    check_equal(spawn_with(payload_fd, PAYLOAD_SAY, NULL, &report), -ECHILD);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SPAWN);
    check_equal(last_attempt(&report).error, ECHILD);
    check_equal(children_ended, 0);
    check(!has_child());
    check_equal(open_descriptors(), descriptors);
}

static void child_killed_before_it_executes_is_echild(void **state) {
    (void)state;
    assert_child(spawn_where_executing_kills, NULL);
}

static void spawn_at_the_limit_of_processes(void *unused) {
    (void)unused;
    struct exeseal_report report;
    become_ordinary_user();
    check(setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0}) == 0);
    pid_t control = fork();
    if (control == 0)
        _exit(0);
    if (control > 0)
        child_skip("RLIMIT_NPROC is not enforced here");
    check_equal(spawn_with(payload_fd, PAYLOAD_SAY, NULL, &report), -EAGAIN);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SPAWN);
    check(strcmp(last_attempt(&report).where, "clone") == 0);
    check(strstr(report_text(&report), "RLIMIT_NPROC") != NULL);
}

static void process_limit_is_reported(void **state) {
    (void)state;
    assert_child(spawn_at_the_limit_of_processes, NULL);
}

static void bad_arguments_are_refused(void **state) {
    (void)state;
    static char *empty[] = {NULL};
    struct exeseal_spawn_options bad[] = {{.flags = 8}, {.reserved = 1}, {.map_count = 17}, {.map_count = 1}};
    bad[3].map[0].to = -1;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(spawn_with(payload_fd, PAYLOAD_SAY, &bad[i], NULL), i == 3 ? -EBADF : -EINVAL);
    assert_int_equal(spawn_with(payload_fd, empty, NULL, NULL), -EINVAL);
    assert_int_equal(spawn_with(payload_fd, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(spawn_with(-1, PAYLOAD_SAY, NULL, NULL), -EBADF);
    assert_int_equal(exeseal_spawn_fd(payload_fd, PAYLOAD_SAY, NULL, NULL, 0, bad, 8, NULL, 0), -EINVAL);
    assert_false(has_child());
}

static int spawn_sized(const void *options, size_t size) {
    return exeseal_spawn_fd(payload_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, options, size, NULL, 0);
}

static void options_of_other_versions(void **state) {
    (void)state;
    struct {
        struct exeseal_spawn_options options;
        unsigned char later[5000];
    } larger = {0};
    size_t known = sizeof larger.options;
    for (size_t size = 0; size < known; size++)
        assert_int_equal(spawn_sized(&larger.options, size), -EINVAL);
    assert_int_equal(spawn_sized(NULL, known), -EINVAL);

    /* A newer caller: bytes that this library does not know are accepted if they are zero. */
    int pidfd = spawn_sized(&larger.options, known + 64);
    assert_true(pidfd >= 3);
    assert_int_equal(end_of(pidfd), 7);
    close(pidfd);
    larger.later[63] = 1;
    assert_int_equal(spawn_sized(&larger.options, known + 64), -E2BIG);
    larger.later[63] = 0;
    assert_int_equal(spawn_sized(&larger.options, 4097), -E2BIG);
    assert_false(has_child());
}

/* --- the state of the caller --- */

static void state_of(char *buffer, size_t size) {
    /* Without SigQ, which counts pending signals of all processes of the user. */
    static const char *const fields[] = {"SigPnd", "ShdPnd",     "SigBlk",  "SigIgn",  "SigCgt", "Cap",
                                         "Umask",  "NoNewPrivs", "Threads", "Seccomp", "NSpid"};
    char line[256], directory[4096];
    int signal = -1;
    check(getcwd(directory, sizeof directory) != NULL && prctl(PR_GET_PDEATHSIG, &signal) == 0);
    int length = snprintf(buffer, size, "%s %d %d %d %d %d\n", directory, signal, prctl(PR_GET_DUMPABLE),
                          open_descriptors(), getpgrp(), getsid(0));
    FILE *status = fopen("/proc/self/status", "re");
    check(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        for (size_t i = 0; i < COUNT(fields); i++)
            if (strncmp(line, fields[i], strlen(fields[i])) == 0)
                length += snprintf(buffer + length, size - (size_t)length, "%s", line);
    fclose(status);
    for (int fd = 0; fd < 64; fd++)
        length += snprintf(buffer + length, size - (size_t)length, "%d ", fcntl(fd, F_GETFD));
}

static void spawn_with_everything(void *fails) {
    static char before[16384], after[16384];
    bool is_root = geteuid() == 0;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), text = sealed_text("no program\n");
    struct exeseal_exec_options options = {
        .flags = EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES |
                 EXESEAL_EXEC_DIRECTORY | EXESEAL_EXEC_UMASK | EXESEAL_EXEC_DEATH_SIGNAL |
                 EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE,
        .umask = 077,
        .directory = open("/proc", O_PATH | O_CLOEXEC),
        .death_signal = SIGKILL,
        .drop_bounding = is_root,
        .inheritable = is_root,
        .ambient = is_root,
    };
    struct exeseal_spawn_options spawn = {.flags = EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_SESSION,
                                          .map_count = 4,
                                          .map = {{null, 1}, {null, payload_fd}, {0, null}, {1, 50}}};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    check(signal(SIGUSR2, SIG_IGN) != SIG_ERR && signal(SIGTERM, count_child) != SIG_ERR);
    check(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0 && chdir("/tmp") == 0);
    umask(022);
    state_of(before, sizeof before);
    errno = 1234;
    int result = exeseal_spawn_fd(fails != NULL ? text : payload_fd, PAYLOAD_SAY, NULL, &options, sizeof options,
                                  &spawn, sizeof spawn, NULL, 0);
    check_equal(errno, 1234);
    check(fails != NULL ? result == -ENOEXEC : result >= 3);
    if (result >= 0) {
        check_equal(end_of(result), 0);
        close(result);
    }
    state_of(after, sizeof after);
    if (strcmp(before, after) != 0)
        dprintf(STDERR_FILENO, "before:\n%s\nafter:\n%s\n", before, after);
    check(strcmp(before, after) == 0);
}

static void caller_is_unchanged(void **state) {
    (void)state;
    assert_child(spawn_with_everything, NULL);
    assert_child(spawn_with_everything, "fails");
}

static void spawn_ten_thousand(void *unused) {
    (void)unused;
    enum { ROUNDS = 10000 };
    struct failing text = {.fd = sealed_text("no program\n")};
    int descriptors = 0, maps = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i == 10) {
            descriptors = open_descriptors();
            maps = lines_of("/proc/self/maps");
        }
        if (i % 2 != 0) {
            check_equal(spawn_with(text.fd, PAYLOAD_SAY, NULL, NULL), -ENOEXEC);
            continue;
        }
        int pidfd = spawn_program(PAYLOAD_EXIT_7);
        check(pidfd >= 3);
        check_equal(end_of(pidfd), 7);
        close(pidfd);
    }
    check_equal(open_descriptors(), descriptors);
    check(lines_of("/proc/self/maps") <= maps + 1);
    check(!has_child());
}

static void ten_thousand_children_leave_nothing(void **state) {
    (void)state;
    assert_child(spawn_ten_thousand, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pidfd_is_close_on_exec_and_reports_the_end),
        cmocka_unit_test(pidfd_takes_signals),
        cmocka_unit_test(pidfd_is_no_standard_descriptor),
        cmocka_unit_test(child_is_returned_even_at_number_0),
        cmocka_unit_test(child_is_an_ordinary_child),
        cmocka_unit_test(session_and_group_are_as_requested),
        cmocka_unit_test(check_creates_no_child),
        cmocka_unit_test(failure_is_named_and_leaves_no_child),
        cmocka_unit_test(out_of_descriptors_is_emfile),
        cmocka_unit_test(child_killed_before_it_executes_is_echild),
        cmocka_unit_test(process_limit_is_reported),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(options_of_other_versions),
        cmocka_unit_test(caller_is_unchanged),
        cmocka_unit_test(ten_thousand_children_leave_nothing),
    };
    payload_fd = sealed_payload();
    int result = run_all(tests);
    close(payload_fd);
    return result;
}
