/* SPDX-License-Identifier: MIT */
/* RLIMIT_FSIZE: EFBIG or success, never SIGXFSZ, which would end the host program. */
#include "support.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/resource.h>

enum { SIZE = 60000 }; /* fits into a pipe */

static unsigned char *pattern;
static char path[256];

struct limited {
    rlim_t limit;
    enum { FROM_FILE, FROM_PIPE, FROM_MEMORY, SOURCES } source;
    struct way way;
};

/* This strategy requires a file as source, and writes nothing. */
static bool is_view(uint32_t strategy) {
    return strategy == EXESEAL_STRATEGY_OVERLAY || strategy == EXESEAL_STRATEGY_BIND;
}

static int make_source(const struct limited *limited) {
    int ends[2];
    if (limited->source == FROM_FILE)
        return open(path, O_RDONLY | O_CLOEXEC);
    if (limited->source == FROM_MEMORY)
        return -1;
    check(pipe2(ends, O_CLOEXEC) == 0);
    check(write(ends[1], pattern, SIZE) == SIZE);
    close(ends[1]);
    return ends[0];
}

static void clone_under_limit(void *argument) {
    const struct limited *limited = argument;
    struct exeseal_clone_options options = take_way(&limited->way);
    int source = make_source(limited), before = open_descriptors();
    check(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    struct rlimit limit = {limited->limit, RLIM_INFINITY};
    check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct exeseal_report report;
    int fd = limited->source == FROM_MEMORY
                 ? exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report)
                 : exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    struct rlimit after;
    check(getrlimit(RLIMIT_FSIZE, &after) == 0);
    check_equal(after.rlim_cur, limit.rlim_cur);
    if (limited->limit >= SIZE || is_view(limited->way.strategy)) {
        check(fd >= 3);
        check(holds_bytes(fd, pattern, SIZE));
        check_equal(report.strategy, limited->way.strategy);
        return;
    }
    check_equal(fd, -EFBIG);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_LIMIT);
    check(strcmp(last_attempt(&report).where, "RLIMIT_FSIZE") == 0);
    check_equal(open_descriptors(), before);
}

static void assert_limits_hold(const char *name, int source, struct way way) {
    static const rlim_t limits[] = {0, 1, 4096, SIZE / 2, SIZE - 1, SIZE, SIZE + 1, RLIM_INFINITY};
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct limited limited = {.limit = limits[i], .way = way};
        limited.source = source;
        assert_child_named(name, __FILE__, __LINE__, clone_under_limit, &limited);
    }
}

static void limit_is_efbig_for_copies_and_nothing_to_views(void **state) {
    (void)state;
    for (size_t way = 0; way < WAYS; way++)
        for (int source = 0; source < SOURCES; source++)
            if (source == FROM_FILE || !is_view(ways[way].strategy))
                assert_limits_hold(__func__, source, ways[way]);
}

/* Control: a plain copy ends the program. */
static void write_beyond_the_limit(void *unused) {
    (void)unused;
    int fd = make_memfd("", 0, 0700, 0);
    struct rlimit limit = {SIZE / 2, RLIM_INFINITY};
    check(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    ssize_t done = 0;
    while (done >= 0)
        done = write(fd, pattern, SIZE);
}

static void control_plain_copy_is_killed(void **state) {
    (void)state;
    assert_int_equal(in_child(write_beyond_the_limit, NULL), 128 + SIGXFSZ);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_is_efbig_for_copies_and_nothing_to_views),
        cmocka_unit_test(control_plain_copy_is_killed),
    };
    pattern = make_pattern(SIZE);
    struct temp_directory directory = make_temp_directory();
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, SIZE, 0755));
    int result = run_all(tests);
    remove_temp_directory(&directory);
    free(pattern);
    return result;
}
