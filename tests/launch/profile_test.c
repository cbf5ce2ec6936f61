/* SPDX-License-Identifier: MIT */
/* Directory, umask, death signal, environment and limits as the executed program sees them. */
#include "execution.h"
#include "sandbox.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define CAP_BIT(number) ((uint64_t)1 << (number))
enum { CAP_NET_BIND = 10, CAP_ADMIN = 21 };

static int payload_fd;

static void program_starts_in_the_directory(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "directory", NULL};
    static const int modes[] = {O_RDONLY, O_PATH};
    struct temp_directory directory = make_temp_directory();
    char wanted[sizeof directory.path + 1];
    snprintf(wanted, sizeof wanted, "%s\n", directory.path);
    for (size_t i = 0; i < COUNT(modes); i++) {
        int fd = open(directory.path, modes[i] | O_DIRECTORY | O_CLOEXEC);
        struct execution execution = {
            .fd = payload_fd, .argv = arguments, .options = {.flags = EXESEAL_EXEC_DIRECTORY, .directory = fd}};
        assert_prints(&execution, wanted);
        execution.options.flags |= EXESEAL_EXEC_CLOSE_OTHERS;
        assert_prints(&execution, wanted);
        close(fd);
    }
    remove_temp_directory(&directory);
}

static void invalid_directory_is_rejected_first(void **state) {
    (void)state;
    const struct { int fd, error; } cases[] = {{payload_fd, ENOTDIR}, {-1, EBADF}, {AT_FDCWD, EBADF}, {1023, EBADF}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t way = 0; way < COUNT(BOTH_WAYS); way++) {
            struct execution execution = {.fd = payload_fd,
                                          .argv = PAYLOAD_SAY,
                                          .spawn = BOTH_WAYS[way],
                                          .options = {.flags = EXESEAL_EXEC_DIRECTORY, .directory = cases[i].fd}};
            assert_does_not_run(&execution, cases[i].error, EXESEAL_STEP_ARGUMENT);
            assert_string_equal(last_attempt(&outcome->report).where, "directory");
        }
}

static void become_user(struct execution *unused) {
    (void)unused;
    become_ordinary_user();
}

static void assert_fails_at(struct execution *execution, int error, uint32_t step, const char *where) {
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution->spawn = BOTH_WAYS[i];
        run(execution);
        skip_if_child_did();
        assert_true(outcome->returned);
        if (outcome->result != -error)
            print_error("%s", report_text(&outcome->report));
        assert_int_equal(outcome->result, -error);
        struct exeseal_attempt last = last_attempt(&outcome->report);
        assert_int_equal(last.step, step);
        assert_int_equal(last.error, error);
        assert_string_equal(last.where, where);
    }
}

static void closed_directory_is_eacces(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    assert_int_equal(chmod(directory.path, 0700), 0);
    int fd = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct execution execution = {.fd = payload_fd,
                                  .argv = PAYLOAD_SAY,
                                  .before = become_user,
                                  .options = {.flags = EXESEAL_EXEC_DIRECTORY, .directory = fd}};
    if (geteuid() == 0)
        assert_fails_at(&execution, EACCES, EXESEAL_STEP_DIRECTORY, "");
    close(fd);
    remove_temp_directory(&directory);
    skip_unless_root();
}

static void program_gets_the_umask(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "status", "Umask:", NULL};
    static const uint32_t masks[] = {0, 027, 0777};
    for (size_t i = 0; i < COUNT(masks); i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "Umask:\t%04o\n", masks[i]);
        struct execution execution = {
            .fd = payload_fd, .argv = arguments, .options = {.flags = EXESEAL_EXEC_UMASK, .umask = masks[i]}};
        assert_prints(&execution, wanted);
    }
}

static void invalid_values_are_rejected_first(void **state) {
    (void)state;
    const struct exeseal_exec_options bad[] = {
        {.flags = EXESEAL_EXEC_UMASK, .umask = 01000},
        {.flags = EXESEAL_EXEC_DEATH_SIGNAL, .death_signal = -1},
        {.flags = EXESEAL_EXEC_DEATH_SIGNAL, .death_signal = 1000},
        {.flags = EXESEAL_EXEC_CAPABILITIES, .ambient = 1},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        for (size_t way = 0; way < COUNT(BOTH_WAYS); way++) {
            struct execution execution = {
                .fd = payload_fd, .argv = PAYLOAD_SAY, .spawn = BOTH_WAYS[way], .options = bad[i]};
            assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_ARGUMENT);
        }
}

static void lower_limits(struct execution *unused) {
    (void)unused;
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){77, 99}) == 0);
}

static void limits_are_kept(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "limit", NULL};
    struct execution execution = {.fd = payload_fd,
                                  .argv = arguments,
                                  .before = lower_limits,
                                  .options.flags = EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_NO_NEW_PRIVS};
    assert_prints(&execution, "77\n");
}

/* --- the death signal --- */

static char *WAIT[] = {"payload", "wait", NULL};

struct short_lived {
    struct exeseal_exec_options options;
    bool by_exec;
    int child; /* a pidfd */
};

static int pidfd_of(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int start(const struct short_lived *parent) {
    size_t size = sizeof parent->options;
    if (!parent->by_exec)
        return exeseal_spawn_fd(payload_fd, WAIT, NULL, &parent->options, size, NULL, 0, NULL, 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(-exeseal_exec_fd(payload_fd, WAIT, NULL, &parent->options, size, NULL, 0));
    return pidfd_of(pid);
}

static void *start_and_wait_until_it_runs(void *argument) {
    struct short_lived *parent = argument;
    int ends[2];
    char byte;
    check(pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    parent->child = start(parent);
    check(parent->child >= 3);
    check(read(ends[0], &byte, 1) == 1);
    return NULL;
}

static void outlive_the_thread_that_started_it(void *argument) {
    struct short_lived *parent = argument;
    int ends[2];
    pthread_t thread;
    check(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO); /* no EOF */
    check(pthread_create(&thread, NULL, start_and_wait_until_it_runs, parent) == 0);
    check(pthread_join(thread, NULL) == 0);
    struct pollfd ended = {parent->child, POLLIN, 0};
    bool dies = (parent->options.flags & EXESEAL_EXEC_DEATH_SIGNAL) != 0;
    check_equal(poll(&ended, 1, dies ? -1 : 300), dies);
    if (!dies)
        check(syscall(SYS_pidfd_send_signal, parent->child, SIGKILL, NULL, 0) == 0);
    check_equal(end_of(parent->child), 128 + (dies ? parent->options.death_signal : SIGKILL));
}

static void program_ends_when_its_parent_thread_ends(void **state) {
    (void)state;
    struct short_lived parents[] = {
        {.options = {.flags = EXESEAL_EXEC_DEATH_SIGNAL, .death_signal = SIGTERM}},
        {.options = {.flags = EXESEAL_EXEC_DEATH_SIGNAL, .death_signal = SIGKILL}, .by_exec = true},
        {.options = {.flags = EXESEAL_EXEC_DEATH_SIGNAL | EXESEAL_EXEC_CAPABILITIES | EXESEAL_EXEC_NO_NEW_PRIVS,
                     .death_signal = SIGTERM}},
        {.options = {.flags = 0}}, /* control */
    };
    for (size_t i = 0; i < COUNT(parents); i++)
        assert_child(outlive_the_thread_that_started_it, &parents[i]);
}

/* --- each step that a filter refuses is reported --- */

static void refuse_no_new_privs(struct execution *unused) {
    (void)unused;
    refuse_system_call_with(SYS_prctl, 0, PR_SET_NO_NEW_PRIVS, EPERM);
}

static void refuse_death_signal(struct execution *unused) {
    (void)unused;
    refuse_system_call_with(SYS_prctl, 0, PR_SET_PDEATHSIG, EACCES);
}

static void refuse_fchdir(struct execution *unused) {
    (void)unused;
    refuse_system_call(SYS_fchdir, EIO);
}

static void refuse_capset(struct execution *unused) {
    (void)unused;
    refuse_system_call(SYS_capset, ENOSYS);
}

static void refuse_bounding(struct execution *unused) {
    (void)unused;
    refuse_system_call_with(SYS_prctl, 0, PR_CAPBSET_READ, EPERM);
    refuse_system_call_with(SYS_prctl, 0, PR_CAPBSET_DROP, EPERM);
}

static void every_failure_names_its_step(void **state) {
    (void)state;
    int root = open("/", O_PATH | O_CLOEXEC);
    struct {
        void (*before)(struct execution *);
        struct exeseal_exec_options options;
        int error;
        uint32_t step;
        const char *where;
    } cases[] = {
        {refuse_no_new_privs, {.flags = EXESEAL_EXEC_NO_NEW_PRIVS}, EPERM, EXESEAL_STEP_NO_NEW_PRIVS, ""},
        {refuse_death_signal, {.flags = EXESEAL_EXEC_DEATH_SIGNAL}, EACCES, EXESEAL_STEP_DEATH_SIGNAL, ""},
        {refuse_fchdir, {.flags = EXESEAL_EXEC_DIRECTORY, .directory = root}, EIO, EXESEAL_STEP_DIRECTORY, ""},
        {refuse_capset, {.flags = EXESEAL_EXEC_CAPABILITIES}, ENOSYS, EXESEAL_STEP_CAPABILITIES, "inheritable"},
        {refuse_bounding,
         {.flags = EXESEAL_EXEC_CAPABILITIES, .drop_bounding = 1},
         EPERM,
         EXESEAL_STEP_CAPABILITIES,
         "bounding"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct execution execution = {
            .fd = payload_fd, .argv = PAYLOAD_SAY, .before = cases[i].before, .options = cases[i].options};
        assert_fails_at(&execution, cases[i].error, cases[i].step, cases[i].where);
    }
    close(root);
}

/* --- a clean environment --- */

static void program_gets_the_built_environment(void **state) {
    (void)state;
    static char *arguments[] = {"payload", "environment", NULL}, *host[] = {"SECRET=1", "TERM=xterm", NULL};
    static const char *const names[] = {"TERM", "ADDED=1", NULL};
    char *envp[32], buffer[128], wanted[1024] = "";
    int count = exeseal_environment(names, host, envp, COUNT(envp), buffer, sizeof buffer);
    assert_int_equal(count, 8);
    for (int i = 0; i < count; i++)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s\n", envp[i]);
    assert_non_null(strstr(wanted, "TERM=xterm\nADDED=1\n"));
    assert_null(strstr(wanted, "SECRET"));
    struct execution execution = {.fd = payload_fd, .argv = arguments, .envp = envp};
    assert_prints(&execution, wanted);
    execution.envp = NULL;
    assert_prints(&execution, "");
}

/* --- socket activation --- */

static void open_a_socket_to_inherit(struct execution *unused) {
    (void)unused;
    check(dup2(STDERR_FILENO, 3) == 3);
}

/* CLOSE_OTHERS does not change the environment, so the program would mistake a descriptor of its
 * own for the announced one. */
static void close_others_keeps_listen_fds(void **state) {
    (void)state;
    static char *show[] = {"payload", "environment", NULL}, *list[] = {"payload", "fds", NULL};
    static char *host[] = {"LISTEN_FDS=1", "TERM=xterm", "LISTEN_PID=1", NULL};
    char *filtered[COUNT(host)];
    struct execution execution = {.fd = payload_fd,
                                  .argv = list,
                                  .envp = host,
                                  .before = open_a_socket_to_inherit,
                                  .options.flags = EXESEAL_EXEC_CLOSE_OTHERS};
    assert_prints(&execution, "0\n1\n2\n");
    execution.argv = show;
    assert_prints(&execution, "LISTEN_FDS=1\nTERM=xterm\nLISTEN_PID=1\n");
    execution.envp = filtered;
    assert_int_equal(exeseal_environment_filter(host, NULL, 0, filtered, COUNT(filtered)), 1);
    assert_prints(&execution, "TERM=xterm\n");
    execution.options.keep_count = 1;
    execution.options.keep[0] = 3;
    assert_int_equal(exeseal_environment_filter(host, execution.options.keep, 1, filtered, COUNT(filtered)), 3);
    assert_prints(&execution, "LISTEN_FDS=1\nTERM=xterm\nLISTEN_PID=1\n");
    execution.argv = list;
    assert_prints(&execution, "0\n1\n2\n3\n");
}

/* --- all options together --- */

static struct exeseal_exec_options everything(int directory) {
    struct exeseal_exec_options options = {
        .flags = EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES |
                 EXESEAL_EXEC_DIRECTORY | EXESEAL_EXEC_UMASK | EXESEAL_EXEC_DEATH_SIGNAL |
                 EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE,
        .umask = 077,
        .directory = directory,
        .death_signal = SIGKILL,
    };
    if (geteuid() == 0) {
        options.drop_bounding = CAP_BIT(CAP_ADMIN);
        options.inheritable = options.ambient = CAP_BIT(CAP_NET_BIND);
    }
    return options;
}

static const char *status_line(const char *field) {
    static char lines[512];
    char line[256];
    lines[0] = '\0';
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            strncat(lines, line, sizeof lines - strlen(lines) - 1);
    if (status != NULL)
        fclose(status);
    return lines;
}

static void all_options_together(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    int fd = open(directory.path, O_PATH | O_CLOEXEC);
    char in_directory[sizeof directory.path + 1], ambient[64];
    snprintf(in_directory, sizeof in_directory, "%s\n", directory.path);
    struct exeseal_exec_options options = everything(fd);
    snprintf(ambient, sizeof ambient, "CapAmb:\t%016llx\n", (unsigned long long)options.ambient);
    struct {
        char *arguments[4];
        const char *wanted;
    } cases[] = {
        {{"payload", "directory"}, in_directory},           {{"payload", "fds"}, "0\n1\n2\n"},
        {{"payload", "status", "Umask"}, "Umask:\t0077\n"}, {{"payload", "status", "NoNewPrivs"}, "NoNewPrivs:\t1\n"},
        {{"payload", "status", "CapAmb"}, ambient},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct execution execution = {.fd = payload_fd, .argv = cases[i].arguments, .options = options};
        assert_prints(&execution, cases[i].wanted);
    }
    close(fd);
    remove_temp_directory(&directory);
}

static void state_of(char *buffer, size_t size) {
    char directory[4096];
    int signal = -1;
    check(getcwd(directory, sizeof directory) != NULL && prctl(PR_GET_PDEATHSIG, &signal) == 0);
    int length = snprintf(buffer, size, "%s %d %d\n", directory, signal, open_descriptors());
    length += snprintf(buffer + length, size - (size_t)length, "%s", status_line("Cap"));
    length += snprintf(buffer + length, size - (size_t)length, "%s", status_line("NoNewPrivs"));
    length += snprintf(buffer + length, size - (size_t)length, "%s", status_line("Umask"));
    for (int fd = 0; fd < 64; fd++)
        length += snprintf(buffer + length, size - (size_t)length, "%d ", fcntl(fd, F_GETFD));
}

static void check_with_everything(void *unused) {
    (void)unused;
    static char before[8192], after[8192];
    int root = open("/", O_PATH | O_CLOEXEC), inherited = open("/dev/null", O_RDONLY);
    struct exeseal_exec_options options = everything(root);
    options.flags |= EXESEAL_EXEC_CHECK;
    check(inherited >= 0 && chdir("/tmp") == 0);
    state_of(before, sizeof before);
    check_equal(exeseal_exec_fd(payload_fd, PAYLOAD_SAY, NULL, &options, sizeof options, NULL, 0), 0);
    check_equal(exeseal_spawn_fd(payload_fd, PAYLOAD_SAY, NULL, &options, sizeof options, NULL, 0, NULL, 0), 0);
    state_of(after, sizeof after);
    check(strcmp(before, after) == 0);
    check(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
    execl("/bin/true", "true", NULL); /* a Landlock domain would forbid this */
    check(false);
}

static void check_changes_nothing(void **state) {
    (void)state;
    assert_child(check_with_everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_starts_in_the_directory),
        cmocka_unit_test(invalid_directory_is_rejected_first),
        cmocka_unit_test(closed_directory_is_eacces),
        cmocka_unit_test(program_gets_the_umask),
        cmocka_unit_test(invalid_values_are_rejected_first),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(program_ends_when_its_parent_thread_ends),
        cmocka_unit_test(every_failure_names_its_step),
        cmocka_unit_test(program_gets_the_built_environment),
        cmocka_unit_test(close_others_keeps_listen_fds),
        cmocka_unit_test(all_options_together),
        cmocka_unit_test(check_changes_nothing),
    };
    payload_fd = fcntl(sealed_payload(), F_DUPFD_CLOEXEC, 10); /* one test uses 3 */
    int result = run_all(tests);
    close(payload_fd);
    return result;
}
