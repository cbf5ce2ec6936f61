/* SPDX-License-Identifier: MIT */
/* EXESEAL_EXEC_LANDLOCK: what the program can still execute, with and without an allow-list of
 * paths. */
#include "execution.h"
#include "sandbox.h"

#include <link.h>
#include <sys/prctl.h>

#define RESTRICTED (EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK)
enum { FAILED = 126, ABI = 1 /* LANDLOCK_CREATE_RULESET_VERSION */ };

static int payload_fd;
static char *EXECUTE_AGAIN[] = {"payload", "execute", "/proc/self/exe", "say", "again", NULL};
static char *EXECUTE_TRUE[] = {"payload", "execute", "/bin/true", NULL};
static char *START_TRUE[] = {"payload", "start", "/bin/true", NULL};

static void skip_without_landlock(const char *name) {
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, ABI) < 0)
        skip_test(name, "this kernel has no Landlock, or it is not enabled");
}

static void become_user(struct execution *unused) {
    (void)unused;
    become_ordinary_user();
}

static void assert_outcome(struct execution *execution, int status, const char *output) {
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution->spawn = BOTH_WAYS[i];
        assert_runs(execution);
        assert_string_equal(outcome->output, output);
        assert_int_equal(outcome->status, status);
    }
}

/* As root and as an ordinary user. */
static void assert_sealed_outcome(uint64_t flags, char **arguments, int status, const char *output) {
    struct execution execution = {.fd = payload_fd, .argv = arguments, .options.flags = flags};
    assert_outcome(&execution, status, output);
    execution.before = become_user;
    assert_outcome(&execution, status, output);
}

static void static_memfd_runs_and_executes_itself(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    assert_sealed_outcome(RESTRICTED, PAYLOAD_SAY, 0, "it runs\n");
    assert_sealed_outcome(RESTRICTED, EXECUTE_AGAIN, 0, "again\n");
}

static void program_cannot_execute_anything_else(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    assert_sealed_outcome(RESTRICTED, EXECUTE_TRUE, FAILED, "EACCES\n");
    assert_sealed_outcome(RESTRICTED, START_TRUE, FAILED, "EACCES\n");
    char program[4096];
    /* the same bytes, by path */
    snprintf(program, sizeof program, "%s", built_program("lib/support/payload"));
    char *by_path[] = {"payload", "execute", program, "say", "by path", NULL};
    struct execution execution = {.fd = payload_fd, .argv = by_path, .options.flags = RESTRICTED};
    assert_outcome(&execution, FAILED, "EACCES\n");
    execution.options.flags = EXESEAL_EXEC_NO_NEW_PRIVS; /* control */
    assert_outcome(&execution, 0, "by path\n");
}

/* Control. */
static void without_the_option_anything_can_be_executed(void **state) {
    (void)state;
    assert_sealed_outcome(EXESEAL_EXEC_NO_NEW_PRIVS, EXECUTE_TRUE, 0, "");
    assert_sealed_outcome(EXESEAL_EXEC_NO_NEW_PRIVS, START_TRUE, 0, "");
}

static int sealed_shell(void) {
    int source = open("/bin/sh", O_RDONLY | O_CLOEXEC), fd = clone_of(source);
    struct exeseal_info info;
    assert_true(fd >= 3);
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    close(source);
    if (info.image != EXESEAL_IMAGE_DYNAMIC)
        skip_because("/bin/sh is a static program");
    return fd;
}

static void dynamic_memfd_runs_by_its_interpreter(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    static char *say[] = {"sh", "-c", "echo $((6 * 7)); exit 7", NULL};
    static char *start[] = {"sh", "-c", "exec /bin/true 2>/dev/null", NULL};
    int fd = sealed_shell();
    struct execution execution = {.fd = fd, .argv = say, .options.flags = RESTRICTED};
    assert_outcome(&execution, 7, "42\n");
    execution.argv = start;
    assert_outcome(&execution, FAILED, "");
    close(fd);
}

/* This is documented: the interpreter can be executed, and maps any program that it is given. */
static void allowed_interpreter_loads_anything(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    int fd = sealed_shell();
    struct exeseal_info info;
    char script[sizeof info.interpreter + 64];
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    snprintf(script, sizeof script, "exec %s /bin/true", info.interpreter);
    char *arguments[] = {"sh", "-c", script, NULL};
    struct execution execution = {.fd = fd, .argv = arguments, .options.flags = RESTRICTED};
    assert_outcome(&execution, 0, "");
    close(fd);
}

/* --- files other than memfds require a rule --- */

static struct {
    const struct way *way;
    int source;
} made;

static void make_by_way(struct execution *execution) {
    struct exeseal_clone_options options = take_way(made.way);
    execution->fd = exeseal_clone(made.source, &options, sizeof options, NULL, 0);
    check(execution->fd >= 3);
}

static void every_strategys_result_runs(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct temp_directory directory = make_temp_directory();
    struct bytes bytes = read_path(built_program("lib/support/payload"));
    made.source = open(make_file(&directory, "payload", bytes.data, bytes.size, 0755), O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < WAYS; i++) {
        made.way = &ways[i];
        struct execution again = {.argv = EXECUTE_AGAIN, .before = make_by_way, .options.flags = RESTRICTED};
        assert_outcome(&again, 0, "again\n");
        struct execution other = {.argv = START_TRUE, .before = make_by_way, .options.flags = RESTRICTED};
        assert_outcome(&other, FAILED, "EACCES\n");
    }
    close(made.source);
    free(bytes.data);
    remove_temp_directory(&directory);
}

static void plain_file_runs(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    static const int modes[] = {O_RDONLY, O_PATH};
    for (size_t i = 0; i < COUNT(modes); i++) {
        int fd = open(built_program("lib/support/payload"), modes[i] | O_CLOEXEC);
        struct execution execution = {.fd = fd, .argv = EXECUTE_AGAIN, .options.flags = RESTRICTED};
        assert_outcome(&execution, 0, "again\n");
        close(fd);
    }
}

/* --- gVisor pull request 13100: an allow-list of paths that has the directory of the program ---
 */

static void allow_below(const char *directory) {
    uint64_t execute = 1;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &execute, sizeof execute, 0);
    struct {
        uint64_t allowed;
        int parent;
    } __attribute__((packed)) rule = {execute, open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    check(ruleset >= 0 && rule.parent >= 0);
    check(syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0) == 0);
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    check(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0);
}

static void execute_under_an_allow_list(void *directory) {
    char path[4096], *arguments[] = {"again", NULL};
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    check(length > 0);
    path[length] = '\0';
    allow_below(directory);
    check(execv("/proc/self/exe", arguments) < 0 && errno == EACCES);
    check(execv(path, arguments) < 0 && errno == EACCES);
    check(execv("/bin/true", arguments) < 0 && errno == EACCES);
    /* The program was opened, sealed and executed under the domain. */
    int source = open(built_program("lib/support/payload"), O_RDONLY | O_CLOEXEC), fd = clone_of(source);
    check(fd >= 3);
    check(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) == STDOUT_FILENO);
    exeseal_exec_fd(fd, EXECUTE_AGAIN, NULL, NULL, 0, NULL, 0);
    check(false);
}

static void allow_list_refuses_paths_and_runs_a_sealed_memfd(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct temp_directory staged = make_temp_directory();
    assert_child(execute_under_an_allow_list, staged.path);
    remove_temp_directory(&staged);
}

/* --- programs that execute themselves by their path --- */

enum { INHERITED = 99 };

static void inherit_the_program(struct execution *execution) {
    check(fcntl(execution->fd, F_DUPFD, INHERITED) == INHERITED);
}

static void proc_self_exe_works_and_the_own_path_does_not(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    char path[64] = "", *arguments[] = {"payload", "execute", path, "say", "again", NULL};
    assert_true(readlink(proc_path(payload_fd), path, sizeof path - 1) > 0);
    assert_int_equal(strncmp(path, "/memfd:", 7), 0);
    *strstr(path, " (deleted)") = '\0'; /* like Go's os.Executable */
    struct execution execution = {.fd = payload_fd, .argv = arguments, .options.flags = RESTRICTED};
    assert_outcome(&execution, FAILED, "No such file or directory\n");
    strcpy(path, "/proc/self/exe");
    assert_outcome(&execution, 0, "again\n");
    execution.before = inherit_the_program;
    execution.options.flags |= EXESEAL_EXEC_CLOSE_OTHERS;
    execution.options.keep_count = 1;
    execution.options.keep[0] = INHERITED;
    strcpy(path, "/proc/self/fd/99");
    assert_outcome(&execution, 0, "again\n");
}

/* --- failures --- */

static void assert_fails(struct execution *execution, int error, const char *where) {
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution->spawn = BOTH_WAYS[i];
        run(execution);
        skip_if_child_did();
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -error);
        struct exeseal_attempt last = last_attempt(&outcome->report);
        assert_int_equal(last.step, EXESEAL_STEP_LANDLOCK);
        assert_string_equal(last.where, where);
    }
}

static void user_without_no_new_privs_is_eperm(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct execution execution = {
        .fd = payload_fd, .argv = PAYLOAD_SAY, .before = become_user, .options.flags = EXESEAL_EXEC_LANDLOCK};
    assert_fails(&execution, EPERM, "no_new_privs");
    execution.options.flags = EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE; /* Landlock is available */
    assert_fails(&execution, EPERM, "no_new_privs");
}

static void root_needs_no_no_new_privs(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    skip_unless_root();
    struct execution execution = {.fd = payload_fd, .argv = EXECUTE_TRUE, .options.flags = EXESEAL_EXEC_LANDLOCK};
    assert_outcome(&execution, FAILED, "EACCES\n");
}

static void script_is_einval(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    static char *arguments[] = {"script", NULL};
    static const uint64_t flags[] = {EXESEAL_EXEC_LANDLOCK, EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE};
    int fd = sealed_text("#!/bin/sh\nexit 0\n");
    for (size_t i = 0; i < COUNT(flags); i++)
        for (size_t way = 0; way < COUNT(BOTH_WAYS); way++) {
            struct execution execution = {.fd = fd,
                                          .argv = arguments,
                                          .spawn = BOTH_WAYS[way],
                                          .options.flags = EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_SCRIPT | flags[i]};
            assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_LANDLOCK);
        }
    close(fd);
}

static void remove_landlock(struct execution *execution) {
    refuse_system_call(SYS_landlock_create_ruleset, atoi(execution->envp[0]));
}

static void missing_landlock_is_an_error_unless_optional(void **state) {
    (void)state;
    static const int errors[] = {ENOSYS, EOPNOTSUPP};
    for (size_t i = 0; i < COUNT(errors); i++) {
        char number[16], *as_environment[] = {number, NULL};
        snprintf(number, sizeof number, "%d", errors[i]);
        struct execution execution = {.fd = payload_fd,
                                      .argv = START_TRUE,
                                      .envp = as_environment,
                                      .before = remove_landlock,
                                      .options.flags = RESTRICTED};
        for (size_t way = 0; way < COUNT(BOTH_WAYS); way++) {
            execution.spawn = BOTH_WAYS[way];
            assert_does_not_run(&execution, errors[i], EXESEAL_STEP_LANDLOCK);
        }
        execution.options.flags = EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE;
        assert_prints(&execution, "");
        execution.options.flags |= EXESEAL_EXEC_LANDLOCK; /* the stricter option is applied */
        execution.spawn = NULL;
        assert_does_not_run(&execution, errors[i], EXESEAL_STEP_LANDLOCK);
    }
}

/* A missing interpreter is reported by the execution, not by Landlock. */
static void missing_interpreter_is_named(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct bytes shell = read_path("/bin/sh");
    struct exeseal_info info;
    int fd = sealed_shell();
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    close(fd);
    unsigned char *interpreter = memmem(shell.data, shell.size, info.interpreter, strlen(info.interpreter) + 1);
    assert_non_null(interpreter);
    interpreter[1] = '#';
    fd = sealed_memory(shell.data, shell.size);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = RESTRICTED};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    close(fd);
    free(shell.data);
}

/* A path that is too long for the reader of the header is cut to "///…". A rule for that path would
 * allow every file. */
static void interpreter_path_cannot_allow_a_directory(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct exeseal_info info;
    int fd = sealed_shell();
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    close(fd);
    struct bytes shell = read_path("/bin/sh");
    unsigned char *image = malloc(shell.size + 1024);
    assert_non_null(image);
    memcpy(image, shell.data, shell.size);
    memset(image + shell.size, '/', 300);
    strcpy((char *)image + shell.size + 300, info.interpreter);
    ElfW(Ehdr) *file = (void *)image;
    ElfW(Phdr) *segment = (void *)(image + file->e_phoff);
    while (segment->p_type != PT_INTERP)
        segment++;
    segment->p_offset = shell.size;
    segment->p_filesz = segment->p_memsz = 300 + strlen(info.interpreter) + 1;
    static char *arguments[] = {"sh", "-c", "exec /bin/true", NULL};
    struct execution execution = {
        .fd = sealed_memory(image, shell.size + 1024), .argv = arguments, .options.flags = RESTRICTED};
    assert_does_not_run(&execution, ENAMETOOLONG, EXESEAL_STEP_LANDLOCK);
    close(execution.fd);
    free(image);
    free(shell.data);
}

static void refuse_execveat(struct execution *unused) {
    (void)unused;
    refuse_system_call(SYS_execveat, ENOSYS);
}

static void program_runs_by_its_path_in_proc_too(void **state) {
    (void)state;
    skip_without_landlock(__func__);
    struct execution execution = {
        .fd = payload_fd, .argv = EXECUTE_AGAIN, .before = refuse_execveat, .options.flags = RESTRICTED};
    assert_outcome(&execution, 0, "again\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_memfd_runs_and_executes_itself),
        cmocka_unit_test(program_cannot_execute_anything_else),
        cmocka_unit_test(without_the_option_anything_can_be_executed),
        cmocka_unit_test(dynamic_memfd_runs_by_its_interpreter),
        cmocka_unit_test(allowed_interpreter_loads_anything),
        cmocka_unit_test(every_strategys_result_runs),
        cmocka_unit_test(plain_file_runs),
        cmocka_unit_test(allow_list_refuses_paths_and_runs_a_sealed_memfd),
        cmocka_unit_test(proc_self_exe_works_and_the_own_path_does_not),
        cmocka_unit_test(user_without_no_new_privs_is_eperm),
        cmocka_unit_test(root_needs_no_no_new_privs),
        cmocka_unit_test(script_is_einval),
        cmocka_unit_test(missing_landlock_is_an_error_unless_optional),
        cmocka_unit_test(missing_interpreter_is_named),
        cmocka_unit_test(interpreter_path_cannot_allow_a_directory),
        cmocka_unit_test(program_runs_by_its_path_in_proc_too),
    };
    payload_fd = sealed_payload();
    int result = run_all(tests);
    close(payload_fd);
    return result;
}
