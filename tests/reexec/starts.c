/* SPDX-License-Identifier: MIT */
/* Starts programs under ptrace(2) and counts executions and new files. */
#include "starts.h"

#include "witness.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { SKIPPED = 77 };

static void be_started(const struct start *start, int text, int errors) {
    static char *const alone[] = {"witness", NULL}, *const nothing[] = {NULL};
    char *const *argv = start->argv != NULL ? start->argv : alone;
    char *const *envp = start->envp != NULL ? start->envp : nothing;
    check(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
    raise(SIGSTOP);
    check(dup2(text, WITNESS_FD) == WITNESS_FD && dup2(errors, STDERR_FILENO) == STDERR_FILENO);
    if (start->before != NULL)
        start->before(start->argument);
    if (start->fd != 0)
        syscall(SYS_execveat, start->fd, "", argv, envp, AT_EMPTY_PATH);
    else
        execve(start->path, argv, envp);
    dprintf(STDERR_FILENO, "not started: %s\n", strerror(errno));
    _exit(99);
}

/* Inspects the running file before the process ends, from a process whose /proc is not covered. */
static void look_at_running_file(struct seen *seen) {
    char path[64];
    struct stat file;
    snprintf(path, sizeof path, "/proc/%d/exe", seen->process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    seen->seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
    seen->links = fstat(fd, &file) == 0 ? file.st_nlink : 0;
    close(fd);
}

static void count_call(struct seen *seen, uint64_t number, const uint64_t *arguments) {
    seen->memfds += number == SYS_memfd_create;
    seen->files += number == SYS_openat && (arguments[2] & (O_CREAT | O_TMPFILE)) == O_TMPFILE;
}

/* Counts successful calls, after the program itself was executed. */
static void note_call(struct seen *seen) {
    static struct __ptrace_syscall_info entered;
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, seen->process, sizeof info, &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        entered = info;
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.is_error == 0 && seen->executions >= 0)
        count_call(seen, entered.entry.nr, entered.entry.args);
}

static void note_execution(const struct start *start, struct seen *seen) {
    if (++seen->executions == 0 && start->once_executed != NULL)
        start->once_executed(start);
}

static void follow(const struct start *start, struct seen *seen) {
    for (;;) {
        int status, signal = 0;
        check(waitpid(seen->process, &status, __WALL) == seen->process);
        seen->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (!WIFSTOPPED(status))
            return;
        if (status >> 16 == PTRACE_EVENT_EXEC)
            note_execution(start, seen);
        else if (status >> 16 == PTRACE_EVENT_EXIT)
            look_at_running_file(seen);
        else if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            note_call(seen);
        else
            signal = WSTOPSIG(status);
        if (seen->executions == ENDLESS)
            kill(seen->process, SIGKILL);
        ptrace(PTRACE_SYSCALL, seen->process, 0, signal);
    }
}

/* Empties the file that all starts of a process share, because their output is compared. */
static void empty(int *fd) {
    if (*fd == 0)
        *fd = memfd_create("output", MFD_CLOEXEC);
    check(*fd > 0 && ftruncate(*fd, 0) == 0 && lseek(*fd, 0, SEEK_SET) == 0);
}

static char *text_of(int fd) {
    struct bytes bytes = read_all(fd);
    char *text = strndup((const char *)bytes.data, bytes.size);
    free(bytes.data);
    return text;
}

static struct seen run_prepared(const struct start *start) {
    struct seen seen = {.executions = -1, .seals = -1};
    static int text, errors;
    int status;
    empty(&text);
    empty(&errors);
    fflush(NULL);
    seen.process = fork();
    if (seen.process == 0)
        be_started(start, text, errors);
    check(waitpid(seen.process, &status, __WALL) == seen.process);
    check(WIFSTOPPED(status)); /* or there is no ptrace(2) here */
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    check(ptrace(PTRACE_SETOPTIONS, seen.process, 0, options) == 0);
    ptrace(PTRACE_SYSCALL, seen.process, 0, 0);
    follow(start, &seen);
    if (seen.executions < 0 && seen.status == SKIPPED)
        _exit(SKIPPED); /* child_skip gave the reason */
    seen.text = text_of(text);
    seen.errors = text_of(errors);
    return seen;
}

struct seen run_start(const struct start *given) {
    struct start start = *given;
    if (start.program == NULL)
        return run_prepared(&start);
    struct temp_directory directory = make_temp_directory();
    char path[256], name[128];
    snprintf(path, sizeof path, "%s/witness", directory.path);
    snprintf(name, sizeof name, "reexec/%s", start.program);
    check(symlink(built_program(name), path) == 0);
    start.path = path;
    struct seen seen = run_prepared(&start);
    remove_temp_directory(&directory);
    return seen;
}

void forget(struct seen *seen) {
    free(seen->text);
    free(seen->errors);
}

long said(const struct seen *seen, const char *what) {
    const char *line = strstr(seen->text, what);
    return line == NULL ? -2 : strtol(line + strlen(what), NULL, 10);
}

const char *rest_of(const struct seen *seen) {
    const char *rest = strstr(seen->text, "argc ");
    return rest == NULL ? seen->text : rest;
}

static void expect(const struct seen *seen, bool holds, const char *wanted, const char *file, int line) {
    if (!holds)
        dprintf(STDERR_FILENO,
                "%d executions, %d memfds, %d files, status %d, seals %d, links %d; errors: %s\ntext: %.300s\n",
                seen->executions, seen->memfds, seen->files, seen->status, seen->seals, (int)seen->links, seen->errors,
                seen->text);
    check_that(holds, wanted, file, line);
}

void check_sealed_at(const struct start *start, int executions, const char *file, int line) {
    struct seen seen = run_start(start);
    expect(&seen, seen.status == 0 && seen.errors[0] == '\0', "it ran", file, line);
    expect(&seen, (seen.seals & PEER_SEALS) == PEER_SEALS && seen.seals >= 0, "sealed", file, line);
    expect(&seen, seen.executions == executions, "executions", file, line);
    expect(&seen, seen.memfds == executions && seen.files == 0, "one memfd for each execution", file, line);
    forget(&seen);
}

void check_unlinked(const struct start *start, int executions) {
    struct seen seen = run_start(start);
    expect(&seen, seen.status == 0, "it ran", __FILE__, __LINE__);
    expect(&seen, seen.links == 0 && seen.memfds == 0, "from an unlinked file", __FILE__, __LINE__);
    expect(&seen, seen.executions == executions && seen.files == executions, "executions", __FILE__, __LINE__);
    forget(&seen);
}

void check_does_not_run(const struct start *start, int status, const char *text, const char *other) {
    struct seen seen = run_start(start);
    expect(&seen, seen.status == status, "status", __FILE__, __LINE__);
    expect(&seen, seen.executions == 0 && seen.text[0] == '\0', "nothing ran", __FILE__, __LINE__);
    expect(&seen, strstr(seen.errors, text) != NULL, text, __FILE__, __LINE__);
    expect(&seen, strstr(seen.errors, other) != NULL, other, __FILE__, __LINE__);
    forget(&seen);
}

const char *copy_program(const struct temp_directory *directory, const char *program, mode_t mode) {
    char name[128];
    snprintf(name, sizeof name, "reexec/%s", program);
    struct bytes bytes = read_path(built_program(name));
    const char *path = make_file(directory, "witness", bytes.data, bytes.size, mode);
    free(bytes.data);
    return path;
}
