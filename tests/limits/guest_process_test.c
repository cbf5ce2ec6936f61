/* SPDX-License-Identifier: MIT */
/* A guest in its host program: the process stays as it was, has no children, and nothing is
 * printed. */
#include "support.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/resource.h>

enum { SIZE = 5 << 20 }; /* large enough for huge pages */

static unsigned char *pattern;

/* Everything that a process can read about itself, except what every call changes. */
struct process_state {
    sigset_t mask;
    struct {
        void (*handler)(int);
        int flags;
    } actions[65];
    mode_t umask;
    struct rlimit limits[RLIM_NLIMITS];
    int descriptors;
    char directory[1024];
    char *environment;
};

extern char **environ;

static char *whole_environment(void) {
    size_t size = 1;
    for (char **variable = environ; *variable != NULL; variable++)
        size += strlen(*variable) + 1;
    char *text = calloc(1, size);
    for (char **variable = environ; *variable != NULL; variable++)
        strcat(strcat(text, *variable), "\n");
    return text;
}

static void look_at_process(struct process_state *state) {
    memset(state, 0, sizeof *state);
    sigprocmask(SIG_BLOCK, NULL, &state->mask);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0) { /* except the C library's own signals */
            state->actions[number].handler = action.sa_handler;
            state->actions[number].flags = action.sa_flags;
        }
    }
    state->umask = umask(0);
    umask(state->umask);
    for (int i = 0; i < RLIM_NLIMITS; i++)
        getrlimit(i, &state->limits[i]);
    state->descriptors = open_descriptors();
    check(getcwd(state->directory, sizeof state->directory) != NULL);
    state->environment = whole_environment();
}

static void use_every_function(const struct exeseal_clone_options *by) {
    static char *arguments[] = {"program", NULL};
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK};
    struct exeseal_info info;
    struct exeseal_report report;
    char text[1024];
    int source = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const int results[] = {
        exeseal_clone(source, by, sizeof *by, &report, sizeof report),
        exeseal_clone_self(by, sizeof *by, &report, sizeof report),
        exeseal_clone_memory(pattern, SIZE, by, sizeof *by, &report, sizeof report),
    };
    for (size_t i = 0; i < COUNT(results); i++) {
        if (i == 2 && by->mode == EXESEAL_MODE_RO_SHARED_PAGE) {
            check_equal(results[i], -EOPNOTSUPP);
            continue;
        }
        check(results[i] >= 3);
        exeseal_exec_fd(results[i], arguments, NULL, &options, sizeof options, &report, sizeof report);
        exeseal_inspect(results[i], &info, sizeof info);
        exeseal_report_format(&report, sizeof report, text, sizeof text);
        close(results[i]);
    }
    check_equal(exeseal_clone(-1, by, sizeof *by, &report, sizeof report), -EBADF);
    for (uint32_t strategy = 1; exeseal_strategy_name(strategy) != NULL; strategy++)
        exeseal_probe(strategy, &report, sizeof report);
    close(source);
}

static void compare_process(void *way) {
    static struct process_state before, after;
    struct exeseal_clone_options by = take_way(way);
    /* once, for what the loader and the C library do only the first time */
    use_every_function(&by);
    count_mappings();
    check(chdir("/usr") == 0);
    umask(027);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    check(sigprocmask(SIG_BLOCK, &some, NULL) == 0);
    look_at_process(&before);
    size_t mappings = count_mappings();
    check(mappings > 5);
    use_every_function(&by);
    check_equal(count_mappings(), mappings);
    look_at_process(&after);
    check(memcmp(&before.mask, &after.mask, sizeof before.mask) == 0);
    check(memcmp(before.actions, after.actions, sizeof before.actions) == 0);
    check_equal(after.umask, before.umask);
    check(memcmp(before.limits, after.limits, sizeof before.limits) == 0);
    check_equal(after.descriptors, before.descriptors);
    check(strcmp(before.directory, after.directory) == 0);
    check(strcmp(before.environment, after.environment) == 0);
}

static void process_is_as_it_was(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        assert_child(compare_process, (void *)&ways[i]);
}

static volatile sig_atomic_t signals;
static void count_signal(int number) {
    (void)number;
    signals = signals + 1;
}

/* A process group of its own, so that children of the test are not counted. */
static void look_for_children(void *argument) {
    const struct way *way = argument;
    struct exeseal_clone_options by = take_way(way);
    check(signal(SIGCHLD, count_signal) != SIG_ERR);
    use_every_function(&by);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
    check_equal(errno, ECHILD);
    check_equal(signals, 0);
    /* No child was reaped before either. */
    struct rusage usage;
    check(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    check_equal(usage.ru_maxrss, 0);
}

static void no_child_is_seen(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        assert_child(look_for_children, (void *)&ways[i]);
}

static void clone_silently(void *way) {
    struct exeseal_clone_options by = take_way(way);
    int ends[2];
    check(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    int kept = dup(STDERR_FILENO);
    check(dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    use_every_function(&by);
    char byte;
    ssize_t got = read(ends[0], &byte, 1);
    int error = errno;
    check(dup2(kept, STDERR_FILENO) >= 0);
    check_equal(got, -1);
    check_equal(error, EAGAIN);
}

static void nothing_is_printed(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        assert_child(clone_silently, (void *)&ways[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_is_as_it_was),
        cmocka_unit_test(no_child_is_seen),
        cmocka_unit_test(nothing_is_printed),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
