/* SPDX-License-Identifier: MIT */
/* Descriptors 0, 1 and 2 closed, and no descriptors left. */
#include "support.h"

#include "sandbox.h"

#include <sys/resource.h>

enum { SIZE = 200000 };

static unsigned char *pattern;

/* The source: a file, a pipe, memory, or the running program. */
enum kind { FILE_SOURCE, PIPE_SOURCE, MEMORY_SOURCE, SELF_SOURCE, KINDS };

struct situation {
    enum kind kind;
    unsigned closed; /* bits 0, 1, 2 */
    struct way way;
};

static int clone_kind(enum kind kind, int source, const struct exeseal_clone_options *options,
                      struct exeseal_report *report) {
    switch (kind) {
    case MEMORY_SOURCE:
        return exeseal_clone_memory(pattern, SIZE, options, sizeof *options, report, sizeof *report);
    case SELF_SOURCE:
        return exeseal_clone_self(options, sizeof *options, report, sizeof *report);
    default:
        return exeseal_clone(source, options, sizeof *options, report, sizeof *report);
    }
}

/* A view requires a file as its source. */
static bool takes(uint32_t strategy, enum kind kind) {
    bool is_view = strategy == EXESEAL_STRATEGY_OVERLAY || strategy == EXESEAL_STRATEGY_BIND;
    return !is_view || kind == FILE_SOURCE || kind == SELF_SOURCE;
}

/* Opens a source whose number is not among those that are closed. */
static int high_source(enum kind kind) {
    int low = -1, ends[2];
    if (kind == FILE_SOURCE) {
        low = open_payload();
    } else if (kind == PIPE_SOURCE) {
        check(pipe2(ends, O_CLOEXEC) == 0);
        check(write(ends[1], pattern, 5000) == 5000);
        close(ends[1]);
        low = ends[0];
    } else {
        return -1;
    }
    int high = fcntl(low, F_DUPFD_CLOEXEC, 50);
    close(low);
    return high;
}

static void clone_with_closed_descriptors(void *argument) {
    const struct situation *situation = argument;
    int source = high_source(situation->kind);
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 60); /* writes the report to it */
    struct exeseal_clone_options options = take_way(&situation->way);
    for (int fd = 0; fd < 3; fd++)
        if ((situation->closed >> fd & 1) != 0)
            close(fd);
    int before = open_descriptors();
    struct exeseal_report report;
    int result = clone_kind(situation->kind, source, &options, &report);
    int after = open_descriptors();
    unsigned closed = 0;
    for (int fd = 0; fd < 3; fd++)
        closed |= (unsigned)(fcntl(fd, F_GETFD) < 0) << fd;
    dup2(errors, STDERR_FILENO);
    check(result >= 3);
    check_equal(closed, situation->closed);
    check_equal(after, before + 1);
    check(is_close_on_exec(result));
    check_equal(access_mode(result), O_RDONLY);
    check_equal(report.strategy, situation->way.strategy);
}

static void standard_descriptors_may_be_closed(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (unsigned closed = 0; closed < 8; closed++)
            for (size_t way = 0; way < WAYS; way++)
                if (takes(ways[way].strategy, (enum kind)kind))
                    assert_child(clone_with_closed_descriptors,
                                 &((struct situation){(enum kind)kind, closed, ways[way]}));
}

/* The source itself may be descriptor 0, 1 or 2. */
static void clone_low_source(void *argument) {
    int number = *(const int *)argument, errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 60);
    int source = unlinked_file(pattern, SIZE, 0755);
    check(dup2(source, number) == number);
    int result = clone_of(number);
    bool good = result >= 3 && holds_bytes(result, pattern, SIZE) && is_same_file(source, number);
    dup2(errors, STDERR_FILENO);
    check(good);
}

static void source_may_be_a_standard_descriptor(void **state) {
    (void)state;
    for (int number = 0; number < 3; number++)
        assert_child(clone_low_source, &number);
}

/* Sets a limit of `spare` more descriptors than are open. */
struct shortage {
    enum kind kind;
    int spare;
    struct way way;
    bool low_closed; /* 0, 1 and 2 are the first spare ones */
};

enum { WORKED = 40, RAN_OUT = 41 };

static void clone_with_few_descriptors(void *argument) {
    const struct shortage *shortage = argument;
    int source = high_source(shortage->kind);
    struct exeseal_clone_options options = take_way(&shortage->way);
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 60);
    int low = 3; /* all numbers below are in use now, except the spare ones */
    if (source >= 0) {
        check(dup3(source, 3, O_CLOEXEC) == 3);
        close(source);
        source = 3;
        low = 4;
    }
    check(dup3(errors, low, O_CLOEXEC) == low);
    close(errors);
    errors = low++;
    for (int fd = low; fd < 256; fd++)
        close(fd);
    if (shortage->low_closed) {
        close(0);
        close(1);
        close(2);
    }
    struct rlimit limit = {(rlim_t)(low + shortage->spare), (rlim_t)(low + shortage->spare)};
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    struct exeseal_report report;
    int result = clone_kind(shortage->kind, source, &options, &report);
    int open_now = 0;
    for (int fd = 0; fd < 256; fd++)
        open_now += fcntl(fd, F_GETFD) >= 0;
    dup2(errors, STDERR_FILENO);
    check_equal(open_now, low - 3 * shortage->low_closed + (result >= 0));
    if (result >= 0) {
        check(result >= 3);
        _exit(WORKED);
    }
    check_equal(result, -EMFILE);
    check_equal(last_attempt(&report).error, EMFILE);
    _exit(RAN_OUT);
}

static void run_out_of_descriptors(enum kind kind, struct way way, bool low_closed) {
    int worked_from = -1;
    for (int spare = 0; spare <= 12; spare++) {
        struct shortage shortage = {kind, spare, way, low_closed};
        int status = in_child(clone_with_few_descriptors, &shortage);
        if (status == 77)
            return; /* not available here */
        if (status != WORKED && status != RAN_OUT)
            print_error("kind %d, %d spare, by %s, ordinary user %d, low closed %d\n", kind, spare,
                        exeseal_strategy_name(way.strategy), way.rootless, low_closed);
        assert_in_set((LargestIntegralType)status, ((LargestIntegralType[]){WORKED, RAN_OUT}), 2);
        if (status == WORKED && worked_from < 0)
            worked_from = spare;
        if (worked_from >= 0)
            /* once there are enough, more of them change nothing */
            assert_int_equal(status, WORKED);
    }
    assert_in_range(worked_from, 1, 8);
}

static void running_out_of_descriptors_is_emfile_and_never_a_leak(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t way = 0; way < WAYS; way++)
            for (int low_closed = 0; low_closed < 2; low_closed++)
                if (takes(ways[way].strategy, (enum kind)kind))
                    run_out_of_descriptors((enum kind)kind, ways[way], low_closed);
}

/* If no number from 3 on is allowed, no other strategy helps. */
static void clone_below_three(void *unused) {
    (void)unused;
    struct exeseal_report report;
    struct rlimit limit = {3, 3};
    close(0);
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check_equal(exeseal_clone_memory(pattern, SIZE, NULL, 0, &report, sizeof report), -EMFILE);
    check_equal(report.attempts, 1);
}

static void limit_of_three_is_out_of_descriptors(void **state) {
    (void)state;
    assert_child(clone_below_three, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_descriptors_may_be_closed),
        cmocka_unit_test(source_may_be_a_standard_descriptor),
        cmocka_unit_test(running_out_of_descriptors_is_emfile_and_never_a_leak),
        cmocka_unit_test(limit_of_three_is_out_of_descriptors),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
