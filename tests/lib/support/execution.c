/* SPDX-License-Identifier: MIT */
#include "execution.h"

#include <sys/mman.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

char *PAYLOAD_EXIT_7[] = {"payload", "exit", "7", NULL};
char *PAYLOAD_SAY[] = {"payload", "say", "it runs", NULL};

enum { SKIP_STATUS = 77 };

struct outcome *outcome;

static const struct exeseal_spawn_options defaults;
const struct exeseal_spawn_options *const BOTH_WAYS[2] = {NULL, &defaults};

int end_of(int pidfd) {
    siginfo_t end = {0};
    while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &end, WEXITED) < 0)
        if (errno != EINTR)
            return -errno;
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

/* Returns only if nothing was executed. */
static int call(struct execution *execution) {
    size_t size = sizeof execution->options, report_size = sizeof outcome->report;
    if (execution->spawn == NULL)
        return exeseal_exec_fd(execution->fd, execution->argv, execution->envp, &execution->options, size,
                               &outcome->report, report_size);
    int result = exeseal_spawn_fd(execution->fd, execution->argv, execution->envp, &execution->options, size,
                                  execution->spawn, sizeof *execution->spawn, &outcome->report, report_size);
    if (result <= 0)
        return result;
    close(STDOUT_FILENO);
    _exit(end_of(result));
}

static void share_outcome(void) {
    if (outcome == NULL) {
        outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(outcome, MAP_FAILED);
    }
    memset(outcome, 0, sizeof *outcome);
}

void run(struct execution *execution) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    share_outcome();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        limit_hanging();
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(90);
        if (execution->before != NULL)
            execution->before(execution);
        outcome->result = call(execution);
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

void skip_if_child_did(void) {
    if (!outcome->returned && outcome->status == SKIP_STATUS)
        skip_because("the child could not be put into these surroundings");
}

void assert_runs(struct execution *execution) {
    run(execution);
    skip_if_child_did();
    if (outcome->returned)
        print_error("nothing was executed: %d\n%s", outcome->result, report_text(&outcome->report));
    assert_false(outcome->returned);
}

void assert_prints(struct execution *execution, const char *wanted) {
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution->spawn = BOTH_WAYS[i];
        assert_runs(execution);
        assert_string_equal(outcome->output, wanted);
        assert_int_equal(outcome->status, 0);
    }
    execution->spawn = NULL;
}

void assert_does_not_run(struct execution *execution, int error, uint32_t step) {
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

void assert_check_says_after(void (*before)(struct execution *), int fd, uint64_t flags, int wanted) {
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

void assert_check_says(int fd, uint64_t flags, int wanted) {
    assert_check_says_after(NULL, fd, flags, wanted);
}

int sealed_payload(void) {
    int source = open_payload(), fd = clone_of(source);
    close(source);
    assert_true(fd >= 3);
    return fd;
}

int sealed_memory(const void *data, size_t size) {
    int fd = exeseal_clone_memory(data, size, NULL, 0, NULL, 0);
    assert_true(fd >= 3);
    return fd;
}

int sealed_text(const char *text) {
    return sealed_memory(text, strlen(text));
}
