/* SPDX-License-Identifier: MIT */
/* exeseal_exec_fd: what runs, what does not, what the check says, and what is said about the cause. */
#include "support.h"

#include "sandbox.h"

#include <elf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A call of exeseal_exec_fd in a forked child, which has standard output in a pipe. */
struct execution {
    int fd;
    char *const *argv;
    char *const *envp;
    struct exeseal_exec_options options;
    void (*before)(struct execution *); /* what else the child does first */
};

/* Shared with the child. */
struct outcome {
    bool returned;
    int result; /* of exeseal_exec_fd, when it returned */
    struct exeseal_report report;
    bool skipped;
    int status; /* of the program: exit status, or 128 + signal */
    char output[4096];
};

static char *PAYLOAD_EXIT_7[] = {"payload", "exit", "7", NULL};
static char *PAYLOAD_SAY[] = {"payload", "say", "it runs", NULL};
static char *EXTRA_ENVIRONMENT[] = {"ONE=1", "TWO=2", NULL};

enum { RETURNED = 55, SKIP_STATUS = 77 };

static struct outcome *outcome;

static void run(struct execution *execution) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    memset(outcome, 0, sizeof *outcome);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(90);
        if (execution->before != NULL)
            execution->before(execution);
        outcome->result = exeseal_exec_fd(execution->fd, execution->argv, execution->envp, &execution->options,
                                          sizeof execution->options, &outcome->report, sizeof outcome->report);
        outcome->returned = true;
        _exit(RETURNED);
    }
    close(ends[1]);
    size_t size = 0;
    ssize_t got;
    while ((got = read(ends[0], outcome->output + size, sizeof outcome->output - 1 - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    outcome->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Before `run` in tests whose `before` may find that it cannot be had here. */
#define skip_if_child_did()                                                                                            \
    do {                                                                                                               \
        if (!outcome->returned && outcome->status == SKIP_STATUS)                                                      \
            skip_because("the child could not be put into these surroundings");                                        \
    } while (0)

static void assert_runs(struct execution *execution) {
    run(execution);
    skip_if_child_did();
    if (outcome->returned)
        print_error("exeseal_exec_fd returned %d\n%s", outcome->result, report_text(&outcome->report));
    assert_false(outcome->returned);
}

/* Executing returns -error, at that step as the cause; and so does the check, which leaves nothing behind. */
static void assert_does_not_run(struct execution *execution, int error, uint32_t step) {
    static const uint64_t checks[] = {0, EXESEAL_EXEC_CHECK};
    for (size_t i = 0; i < COUNT(checks); i++) {
        execution->options.flags |= checks[i];
        run(execution);
        execution->options.flags &= ~checks[i];
        skip_if_child_did();
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -error);
        assert_string_equal(outcome->output, "");
        struct exeseal_attempt last = last_attempt(&outcome->report);
        assert_int_equal(last.error, error);
        if (last.step != step)
            print_error("check %d: %s", (int)i, report_text(&outcome->report));
        assert_int_equal(last.step, step);
        assert_non_null(strstr(report_text(&outcome->report), exeseal_step_name(step)));
    }
}

static void assert_check_says_after(void (*before)(struct execution *), int fd, uint64_t flags, int wanted) {
    struct execution execution = {
        .fd = fd, .argv = PAYLOAD_SAY, .options = {.flags = flags | EXESEAL_EXEC_CHECK}, .before = before};
    run(&execution);
    skip_if_child_did();
    assert_true(outcome->returned);
    if (outcome->result != wanted)
        print_error("%s", report_text(&outcome->report));
    assert_int_equal(outcome->result, wanted);
    assert_string_equal(outcome->output, "");
}

static void assert_check_says(int fd, uint64_t flags, int wanted) {
    assert_check_says_after(NULL, fd, flags, wanted);
}

static int sealed_payload(void) {
    int source = open_payload(), fd = clone_of(source);
    close(source);
    assert_true(fd >= 3);
    return fd;
}

static int sealed_memory(const void *data, size_t size) {
    int fd = exeseal_clone_memory(data, size, NULL, 0, NULL, 0);
    assert_true(fd >= 3);
    return fd;
}

static int sealed_text(const char *text) {
    return sealed_memory(text, strlen(text));
}

/* A 64-bit ELF program of this machine, unless it is changed, that names an interpreter where there is a text for it.
 */
struct crafted {
    Elf64_Ehdr file;
    Elf64_Phdr segment;
    char interpreter[64];
};

static struct crafted craft(const char *interpreter) {
    struct crafted crafted = {0};
    struct bytes own = read_path("/proc/self/exe");
    memcpy(&crafted.file, own.data, sizeof crafted.file);
    free(own.data);
    crafted.file.e_phoff = offsetof(struct crafted, segment);
    crafted.file.e_phnum = 1;
    crafted.file.e_shoff = crafted.file.e_shnum = crafted.file.e_shstrndx = 0;
    crafted.segment.p_type = PT_INTERP;
    crafted.segment.p_offset = offsetof(struct crafted, interpreter);
    crafted.segment.p_filesz = crafted.segment.p_memsz = strlen(interpreter) + 1;
    snprintf(crafted.interpreter, sizeof crafted.interpreter, "%s", interpreter);
    return crafted;
}

static uint16_t foreign_machine(void) {
    struct bytes own = read_path("/proc/self/exe");
    uint16_t machine = ((const Elf64_Ehdr *)(const void *)own.data)->e_machine;
    free(own.data);
    return machine == EM_SPARCV9 ? EM_S390 : EM_SPARCV9;
}

/* --- what runs --- */

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
    int fd = open(built_program("support/payload"), O_PATH | O_CLOEXEC);
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

/* --- what does not --- */

static void missing_interpreter_of_a_program_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such/ld.so");
    assert_non_null(strstr(report_text(&outcome->report), "(/no/such/ld.so)"));
    close(fd);
}

static void missing_interpreter_of_a_script_is_named(void **state) {
    (void)state;
    int fd = sealed_text("#! /no/such/shell -e\n");
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such/shell");
    close(fd);
}

/* Interpreters that the kernel finds and does not start: the check says what it says. */
static void unusable_interpreters_are_named(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    char text[192], below[256];
    snprintf(text, sizeof text, "%s", make_file(&directory, "text", "text\n", 5, 0644));
    snprintf(below, sizeof below, "%s/below", text);
    const struct {
        const char *interpreter;
        int error;
    } cases[] = {{"", ENOEXEC}, {directory.path, EACCES}, {text, EACCES}, {below, ENOTDIR}, {"/dev/null", EACCES}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char script[300];
        snprintf(script, sizeof script, "#!%s\n", cases[i].interpreter);
        int fd = sealed_text(script);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
        assert_does_not_run(&execution, cases[i].error, EXESEAL_STEP_INTERPRETER);
        assert_int_equal(strncmp(last_attempt(&outcome->report).where, cases[i].interpreter, 47), 0);
        close(fd);
        if (strlen(cases[i].interpreter) >= sizeof(((struct crafted *)0)->interpreter))
            continue;
        struct crafted crafted = craft(cases[i].interpreter);
        fd = sealed_memory(&crafted, sizeof crafted);
        execution.fd = fd;
        assert_does_not_run(&execution, cases[i].error, EXESEAL_STEP_INTERPRETER);
        close(fd);
    }
    remove_temp_directory(&directory);
}

/* A name out of a hostile file does not steer the terminal of who reads the report. */
static void control_bytes_in_an_interpreter_are_not_told(void **state) {
    (void)state;
    int fd = sealed_text("#!/no/such\x1b[31m/\x07shell\x7f\n");
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such?[31m/?shell?");
    assert_non_null(strstr(report_text(&outcome->report), "(/no/such?[31m/?shell?)"));
    close(fd);
}

static void program_cut_in_its_headers_is_no_program(void **state) {
    (void)state;
    struct bytes own = read_path("/proc/self/exe");
    const Elf64_Ehdr *header = (const void *)own.data;
    const size_t end = header->e_phoff + (size_t)header->e_phnum * header->e_phentsize;
    const size_t sizes[] = {sizeof *header, 100, end - 1};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        int fd = sealed_memory(own.data, sizes[i]);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
        assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
        close(fd);
    }
    free(own.data);
}

static void foreign_architecture_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    crafted.file.e_machine = foreign_machine();
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_ARCHITECTURE);
    close(fd);
}

static void foreign_byte_order_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    crafted.file.e_ident[EI_DATA] = crafted.file.e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
    crafted.file.e_type = (Elf64_Half)(crafted.file.e_type << 8);
    crafted.file.e_machine = (Elf64_Half)(EM_S390 << 8);
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_ARCHITECTURE);
    close(fd);
}

static void text_is_no_program(void **state) {
    (void)state;
    static const char *const texts[] = {"echo no program\n", "\n", "x", "#", "\177ELF", "MZ no ELF either"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        int fd = sealed_text(texts[i]);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
        assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
        close(fd);
    }
}

/* The kernel's own check (AT_EXECVE_CHECK) says that it can be executed. */
static void empty_file_is_no_program(void **state) {
    (void)state;
    int fd = make_memfd("", 0, 0755, 0);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
    close(fd);
}

static void file_without_x_bit_is_eacces(void **state) {
    (void)state;
    struct bytes program = read_path(built_program("support/payload"));
    int fd = make_memfd(program.data, program.size, 0444, PEER_SEALS);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    run(&execution);
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -EACCES);
    assert_check_says(fd, 0, -EACCES);
    free(program.data);
    close(fd);
}

static void file_open_for_writing_is_etxtbsy(void **state) {
    (void)state;
    struct bytes program = read_path(built_program("support/payload"));
    int fd = unlinked_file(program.data, program.size, 0755);
    int writer = open(proc_path(fd), O_RDWR | O_CLOEXEC);
    assert_true(writer >= 0);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    run(&execution);
    assert_true(outcome->returned);
    if (outcome->result != -ETXTBSY)
        print_error("%s", report_text(&outcome->report));
    assert_int_equal(outcome->result, -ETXTBSY);
    assert_non_null(strstr(report_text(&outcome->report), "open for writing"));
    close(writer);
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    free(program.data);
    close(fd);
}

static void bad_descriptors_are_ebadf(void **state) {
    (void)state;
    static const int numbers[] = {-1, -2, AT_FDCWD, INT32_MIN, 1023};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct execution execution = {.fd = numbers[i], .argv = PAYLOAD_SAY};
        run(&execution);
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -EBADF);
        assert_check_says(numbers[i], 0, -EBADF);
    }
}

static void directory_is_eacces(void **state) {
    (void)state;
    int fd = open("/", O_PATH | O_CLOEXEC);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    run(&execution);
    assert_int_equal(outcome->result, -EACCES);
    close(fd);
}

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
    for (int bit = 4; bit < 64; bit++) {
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = (uint64_t)1 << bit};
        assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_ARGUMENT);
    }
    struct execution reserved = {.fd = fd, .argv = PAYLOAD_SAY, .options.reserved = 1};
    assert_does_not_run(&reserved, EINVAL, EXESEAL_STEP_ARGUMENT);
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

/* --- the check leaves nothing behind --- */

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

/* --- options --- */

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

/* Neighbours, the numbers at the ends, and all sixteen. */
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

/* Without the option they are inherited, so that the tests above show something. */
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

/* --- without /proc, without execveat, and without both --- */

static void cover_proc(struct execution *execution) {
    (void)execution;
    use_private_mounts();
    cover_with_tmpfs("/proc", 0);
}

static void execution_needs_no_proc(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_proc};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    close(fd);
}

static int filter_error;

static void refuse_execveat(struct execution *execution) {
    (void)execution;
    refuse_system_call(SYS_execveat, filter_error);
}

static void proc_serves_where_execveat_is_refused(void **state) {
    (void)state;
    static const int errors[] = {ENOSYS, EPERM, EACCES};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = refuse_execveat};
        assert_runs(&execution);
        assert_string_equal(outcome->output, "it runs\n");
        assert_check_says(fd, 0, 0);
    }
    close(fd);
}

/* A filter's EPERM says nothing of the program. */
static void check_is_not_misled_by_a_filter(void **state) {
    (void)state;
    static const int errors[] = {EPERM, ENOSYS, EINVAL};
    int good = sealed_payload(), text = sealed_text("no program\n");
    struct bytes program = read_path(built_program("support/payload"));
    int unexecutable = make_memfd(program.data, program.size, 0644, PEER_SEALS);
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        assert_check_says_after(refuse_execveat, good, 0, 0);
        assert_check_says_after(refuse_execveat, text, 0, -ENOEXEC);
        assert_check_says_after(refuse_execveat, unexecutable, 0, -EACCES);
    }
    free(program.data);
    close(unexecutable);
    close(text);
    close(good);
}

/* execveat(2) knows no AT_EXECVE_CHECK, or is missing; and faccessat2(2) came with Linux 5.8. */
static void be_an_old_kernel(struct execution *execution) {
    refuse_execveat(execution);
    refuse_system_call(SYS_faccessat2, ENOSYS);
}

static void be_an_old_kernel_with_a_noexec_mount(struct execution *execution) {
    struct bytes program = read_path(built_program("support/payload"));
    use_private_mounts();
    cover_with_tmpfs("/mnt", MS_NOEXEC);
    int writer = open("/mnt/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    check(writer >= 0 && write(writer, program.data, program.size) == (ssize_t)program.size);
    close(writer);
    execution->fd = open("/mnt/program", O_RDONLY | O_CLOEXEC);
    be_an_old_kernel(execution);
}

static void check_works_on_linux_5_4(void **state) {
    (void)state;
    static const int errors[] = {EINVAL, ENOSYS};
    int good = sealed_payload(), text = sealed_text("no program\n"), script = sealed_text("#!/bin/sh\n");
    int lost = sealed_text("#!/no/such/shell\n");
    struct bytes program = read_path(built_program("support/payload"));
    int unexecutable = make_memfd(program.data, program.size, 0644, PEER_SEALS);
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        assert_check_says_after(be_an_old_kernel, good, 0, 0);
        assert_check_says_after(be_an_old_kernel, script, EXESEAL_EXEC_SCRIPT, 0);
        assert_check_says_after(be_an_old_kernel, script, 0, -ENOENT);
        assert_check_says_after(be_an_old_kernel, lost, EXESEAL_EXEC_SCRIPT, -ENOENT);
        assert_check_says_after(be_an_old_kernel, text, 0, -ENOEXEC);
        assert_check_says_after(be_an_old_kernel, unexecutable, 0, -EACCES);
        assert_check_says_after(be_an_old_kernel, -1, 0, -EBADF);
        if (geteuid() == 0)
            assert_check_says_after(be_an_old_kernel_with_a_noexec_mount, good, 0, -EACCES);
    }
    free(program.data);
    close(unexecutable);
    close(lost);
    close(script);
    close(text);
    close(good);
}

static void cover_proc_and_refuse_execveat(struct execution *execution) {
    cover_proc(execution);
    refuse_execveat(execution);
}

static void neither_proc_nor_execveat_says_both(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_proc_and_refuse_execveat};
    run(&execution);
    skip_if_child_did();
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -ENOSYS);
    assert_non_null(strstr(report_text(&outcome->report), "execveat: ENOSYS"));
    assert_non_null(strstr(report_text(&outcome->report), "proc-exec: ENOENT (/proc)"));
    close(fd);
}

/* A /proc that leads to another program: a tmpfs with self/fd/N and thread-self/fd/N. */
static void put_up_fake_proc(struct execution *execution) {
    static const char *const parents[] = {"/proc/self", "/proc/thread-self"};
    struct bytes program = read_path("/bin/echo");
    check(program.size > 0);
    use_private_mounts();
    cover_with_tmpfs("/proc", 0);
    for (size_t i = 0; i < COUNT(parents); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/fd", parents[i]);
        check(mkdir(parents[i], 0755) == 0 && mkdir(path, 0755) == 0);
        snprintf(path, sizeof path, "%s/fd/%d", parents[i], execution->fd);
        int fake = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        check(fake >= 0 && write(fake, program.data, program.size) == (ssize_t)program.size);
        close(fake);
        check(access(path, X_OK) == 0);
    }
    refuse_execveat(execution);
}

static void program_in_a_fake_proc_does_not_run(void **state) {
    (void)state;
    skip_unless_root();
    static const int errors[] = {ENOSYS, EPERM};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = put_up_fake_proc};
        run(&execution);
        skip_if_child_did();
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -errors[i]);
        assert_string_equal(outcome->output, "");
    }
    close(fd);
}

/* Control for the one above: the fake program is one that would have run and printed. */
static void execute_fake_by_path(struct execution *execution) {
    put_up_fake_proc(execution);
    char path[64];
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", execution->fd);
    execve(path, execution->argv, execution->envp);
}

static void control_program_in_a_fake_proc_would_run(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = execute_fake_by_path};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "say it runs\n");
    close(fd);
}

/* The /proc is one, but for the directory of this thread's descriptors. */
static void cover_descriptors_of_proc(struct execution *execution) {
    struct bytes program = read_path("/bin/echo");
    check(program.size > 0);
    use_private_mounts();
    cover_with_tmpfs("/proc/thread-self/fd", 0);
    cover_with_tmpfs("/proc/self/fd", 0);
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/fd/%d", i == 0 ? "thread-self" : "self", execution->fd);
        int fake = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        check(fake >= 0 && write(fake, program.data, program.size) == (ssize_t)program.size);
        close(fake);
    }
    refuse_execveat(execution);
}

static void program_in_a_partly_covered_proc_does_not_run(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_descriptors_of_proc};
    run(&execution);
    skip_if_child_did();
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -ENOSYS);
    assert_string_equal(outcome->output, "");
    close(fd);
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
        cmocka_unit_test(missing_interpreter_of_a_program_is_named),
        cmocka_unit_test(missing_interpreter_of_a_script_is_named),
        cmocka_unit_test(unusable_interpreters_are_named),
        cmocka_unit_test(control_bytes_in_an_interpreter_are_not_told),
        cmocka_unit_test(program_cut_in_its_headers_is_no_program),
        cmocka_unit_test(foreign_architecture_is_named),
        cmocka_unit_test(foreign_byte_order_is_named),
        cmocka_unit_test(text_is_no_program),
        cmocka_unit_test(empty_file_is_no_program),
        cmocka_unit_test(file_without_x_bit_is_eacces),
        cmocka_unit_test(file_open_for_writing_is_etxtbsy),
        cmocka_unit_test(bad_descriptors_are_ebadf),
        cmocka_unit_test(directory_is_eacces),
        cmocka_unit_test(empty_argv_is_einval),
        cmocka_unit_test(bad_options_are_einval),
        cmocka_unit_test(check_changes_nothing),
        cmocka_unit_test(close_others_leaves_what_is_kept),
        cmocka_unit_test(close_others_keeps_sixteen_neighbours),
        cmocka_unit_test(without_close_others_they_are_inherited),
        cmocka_unit_test(bad_keep_is_ebadf),
        cmocka_unit_test(failed_exec_loses_no_descriptor),
        cmocka_unit_test(no_new_privs_is_set_when_asked_for),
        cmocka_unit_test(execution_needs_no_proc),
        cmocka_unit_test(proc_serves_where_execveat_is_refused),
        cmocka_unit_test(check_is_not_misled_by_a_filter),
        cmocka_unit_test(check_works_on_linux_5_4),
        cmocka_unit_test(neither_proc_nor_execveat_says_both),
        cmocka_unit_test(program_in_a_fake_proc_does_not_run),
        cmocka_unit_test(program_in_a_partly_covered_proc_does_not_run),
        cmocka_unit_test(control_program_in_a_fake_proc_would_run),
    };
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return outcome == MAP_FAILED ? 1 : run_all(tests);
}
