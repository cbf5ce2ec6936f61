/* SPDX-License-Identifier: MIT */
/* The stack use of each function, compared with the limits in exeseal(7).
 *
 * A signal handler may have a small stack. Each function runs in a handler on a painted stack,
 * after a first call that binds its symbols. */
#include "execution.h"

#include <signal.h>
#include <sys/mman.h>

enum { STACK = 256 << 10, PAGE = 4096, PAINT = 0xa5 };

static int payload_fd, text_fd, closed_fd, lost_fd, path_fd;
static struct exeseal_report report;
static struct exeseal_exec_options options;
static int result;

static int execute(int fd, uint64_t flags, bool wants_report) {
    options.flags = flags;
    return exeseal_exec_fd(fd, PAYLOAD_SAY, NULL, &options, sizeof options, wants_report ? &report : NULL,
                           wants_report ? sizeof report : 0);
}

static void nothing(void) {}
static void text(void) {
    result = execute(text_fd, 0, false);
}
static void closed(void) {
    result = execute(closed_fd, 0, false);
}
static void lost(void) {
    result = execute(lost_fd, 0, false);
}
static void by_path(void) {
    result = execute(path_fd, 0, false);
}
static void everything(void) {
    result = execute(text_fd,
                     EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES | EXESEAL_EXEC_UMASK |
                         EXESEAL_EXEC_DEATH_SIGNAL | EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE,
                     false);
}
static void restricted(void) {
    result = execute(lost_fd, EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE, false);
}
static void restricted_by_path(void) {
    result = execute(path_fd, EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE, false);
}
static void checked(void) {
    result = execute(text_fd, EXESEAL_EXEC_CHECK, false);
}
static void checked_closed(void) {
    result = execute(closed_fd, EXESEAL_EXEC_CHECK, false);
}
static void text_reported(void) {
    result = execute(text_fd, 0, true);
}
static void closed_reported(void) {
    result = execute(closed_fd, 0, true);
}
static void lost_reported(void) {
    result = execute(lost_fd, 0, true);
}
static void restricted_reported(void) {
    result = execute(lost_fd, EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE, true);
}

static void environment(void) {
    static const char *const names[] = {"TERM", "A=1", NULL};
    static char *envp[40], buffer[128];
    result = exeseal_environment(names, environ, envp, COUNT(envp), buffer, sizeof buffer);
}

static void filter(void) {
    static char *from[] = {"LISTEN_FDS=1", "A=1", NULL}, *envp[COUNT(from)];
    result = exeseal_environment_filter(from, NULL, 0, envp, COUNT(envp));
}

static void names(void) {
    result = exeseal_step_name(3) != NULL && exeseal_advice(0, 3, 1) != exeseal_errno_name(5);
}

static void spawn(void) {
    result = exeseal_spawn_fd(text_fd, PAYLOAD_SAY, NULL, NULL, 0, NULL, 0, &report, sizeof report);
}

static void clone_source(void) {
    int fd = exeseal_clone(payload_fd, NULL, 0, &report, sizeof report);
    close(fd);
}

static void clone_view(void) {
    static const struct exeseal_clone_options view = {.mode = EXESEAL_MODE_RO_SHARED_PAGE};
    close(exeseal_clone(path_fd, &view, sizeof view, &report, sizeof report));
}

static void probe_memfd(void) {
    result = exeseal_probe(EXESEAL_STRATEGY_MEMFD, &report, sizeof report);
}
static void probe_overlay(void) {
    result = exeseal_probe(EXESEAL_STRATEGY_OVERLAY, &report, sizeof report);
}

static void inspect(void) {
    static struct exeseal_info info;
    result = exeseal_inspect(payload_fd, &info, sizeof info);
}

static void resolve(void) {
    static struct exeseal_resolution resolution;
    static char why[1024];
    close(exeseal_resolve("sh", NULL, NULL, NULL, 0, &resolution, sizeof resolution, why, sizeof why));
}

#define KIB *1024

/* The limits that exeseal(7) documents. */
static const struct use {
    const char *name;
    void (*call)(void);
    size_t limit;
} uses[] = {
    {"exec_fd of a text", text, 2 KIB},
    {"exec_fd without x bit", closed, 2 KIB},
    {"exec_fd without interpreter", lost, 2 KIB},
    {"exec_fd of O_PATH", by_path, 2 KIB},
    {"exec_fd with every option", everything, 3 KIB},
    {"exec_fd with Landlock", restricted, 3 KIB},
    {"exec_fd of O_PATH with Landlock", restricted_by_path, 3 KIB},
    {"check of a text", checked, 2 KIB},
    {"check without x bit", checked_closed, 2 KIB},
    {"exec_fd of a text, with a report", text_reported, 4 KIB},
    {"exec_fd without x bit, with a report", closed_reported, 4 KIB},
    {"exec_fd without interpreter, with a report", lost_reported, 4 KIB},
    {"exec_fd with Landlock, with a report", restricted_reported, 4 KIB},
    {"environment", environment, 1 KIB},
    {"environment_filter", filter, 1 KIB},
    {"names", names, 1 KIB},
    {"spawn_fd", spawn, 4 KIB},
    {"clone", clone_source, 16 KIB},
    {"clone of a view", clone_view, 16 KIB},
    {"probe of memfd", probe_memfd, 16 KIB},
    {"probe of overlay", probe_overlay, 16 KIB},
    {"inspect", inspect, 4 KIB},
    {"resolve", resolve, 32 KIB},
};

static void (*current)(void);

static void call_current(int signal) {
    (void)signal;
    current();
}

/* Maps a stack with an inaccessible guard below. Returns NULL if the kernel requires a larger one
 * for its signal frame. */
static unsigned char *make_stack(size_t size) {
    unsigned char *memory = mmap(NULL, 16 * PAGE + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    unsigned char *stack = memory + 16 * PAGE;
    check(mprotect(stack, size, PROT_READ | PROT_WRITE) == 0);
    const stack_t alternate = {.ss_sp = stack, .ss_size = size};
    const struct sigaction action = {.sa_handler = call_current, .sa_flags = SA_ONSTACK};
    check(sigaction(SIGUSR1, &action, NULL) == 0);
    return sigaltstack(&alternate, NULL) == 0 ? stack : NULL;
}

static size_t used_by(unsigned char *stack, void (*call)(void)) {
    size_t untouched = 0;
    memset(stack, PAINT, STACK);
    current = call;
    check(raise(SIGUSR1) == 0);
    while (untouched < STACK && stack[untouched] == PAINT)
        untouched++;
    return STACK - untouched;
}

static void measure(void *argument) {
    const struct use *use = argument;
    use->call();
    unsigned char *stack = make_stack(STACK);
    size_t frame = used_by(stack, nothing), used = used_by(stack, use->call);
    check(used > frame);
    if (used - frame > use->limit)
        dprintf(STDERR_FILENO, "%s: %zu bytes\n", use->name, used - frame);
    check(used - frame <= use->limit);
}

static void skip_unless_optimised(const char *name) {
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip_test(name, "frames are larger without optimisation, or with a sanitizer");
#else
    (void)name;
#endif
}

static void no_call_needs_more_stack_than_documented(void **state) {
    (void)state;
    skip_unless_optimised(__func__);
    for (size_t i = 0; i < COUNT(uses); i++)
        assert_child(measure, (void *)&uses[i]);
}

/* SIGSTKSZ of glibc before 2.34. */
static void fail_on_eight_kilobytes(void *unused) {
    (void)unused;
    enum { EIGHT = 8192 };
    closed();
    size_t frame = used_by(make_stack(STACK), nothing);
    if (frame + 2 KIB > EIGHT || make_stack(EIGHT) == NULL)
        child_skip("the kernel's signal frame leaves less than 2 of 8 KiB");
    current = closed;
    result = 0;
    check(raise(SIGUSR1) == 0);
    check_equal(result, -EACCES);
}

static void eight_kilobytes_suffice_in_a_signal_handler(void **state) {
    (void)state;
    skip_unless_optimised(__func__);
    assert_child(fail_on_eight_kilobytes, NULL);
}

static int program_without_interpreter(void) {
    static const char name[] = "/ld-";
    struct bytes shell = read_path("/bin/sh");
    char *at = memmem(shell.data, shell.size, name, sizeof name - 1);
    assert_non_null(at);
    memcpy(at, "/#d-", sizeof name - 1);
    int fd = sealed_memory(shell.data, shell.size);
    free(shell.data);
    return fd;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_call_needs_more_stack_than_documented),
        cmocka_unit_test(eight_kilobytes_suffice_in_a_signal_handler),
    };
    payload_fd = sealed_payload();
    text_fd = sealed_text("no program\n");
    closed_fd = make_memfd("text\n", 5, 0444, 0);
    lost_fd = program_without_interpreter();
    path_fd = open("/etc/passwd", O_PATH | O_CLOEXEC);
    return run_all(tests);
}
