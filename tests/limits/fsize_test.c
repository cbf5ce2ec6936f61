/* SPDX-License-Identifier: MIT */
/* RLIMIT_FSIZE: EFBIG or success, never SIGXFSZ, which would end the host program. */
#include "support.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { SIZE = 60000 }; /* fits into a pipe */

static unsigned char *pattern;

struct limited {
    rlim_t limit;
    enum { FROM_FILE, FROM_PIPE, FROM_MEMORY, SOURCES } source;
    bool without_memfd;
};

static int make_source(const struct limited *limited) {
    int ends[2];
    if (limited->source == FROM_FILE)
        return unlinked_file(pattern, SIZE, 0755);
    if (limited->source == FROM_MEMORY)
        return -1;
    check(pipe2(ends, O_CLOEXEC) == 0);
    check(write(ends[1], pattern, SIZE) == SIZE);
    close(ends[1]);
    return ends[0];
}

static void clone_under_limit(void *argument) {
    const struct limited *limited = argument;
    int source = make_source(limited), before = open_descriptors();
    if (limited->without_memfd)
        refuse_system_call(SYS_memfd_create, ENOSYS);
    check(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    struct rlimit limit = {limited->limit, RLIM_INFINITY};
    check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct exeseal_report report;
    int fd = limited->source == FROM_MEMORY ? exeseal_clone_memory(pattern, SIZE, NULL, 0, &report, sizeof report)
                                            : exeseal_clone(source, NULL, 0, &report, sizeof report);
    struct rlimit after;
    check(getrlimit(RLIMIT_FSIZE, &after) == 0);
    check_equal(after.rlim_cur, limit.rlim_cur);
    if (limited->limit >= SIZE) {
        check(fd >= 3);
        check(holds_bytes(fd, pattern, SIZE));
        check_equal(report.strategy, limited->without_memfd ? EXESEAL_STRATEGY_TMPFILE : EXESEAL_STRATEGY_MEMFD);
        return;
    }
    check_equal(fd, -EFBIG);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_LIMIT);
    check(strcmp(last_attempt(&report).where, "RLIMIT_FSIZE") == 0);
    check_equal(open_descriptors(), before);
}

static void assert_limit_holds(bool without_memfd) {
    static const rlim_t limits[] = {0, 1, 4096, SIZE / 2, SIZE - 1, SIZE, SIZE + 1, RLIM_INFINITY};
    for (int source = 0; source < SOURCES; source++) {
        for (size_t i = 0; i < COUNT(limits); i++) {
            struct limited limited = {.limit = limits[i], .without_memfd = without_memfd};
            limited.source = source;
            int status = in_child(clone_under_limit, &limited);
            if (status != 0)
                print_error("source %d, limit %lld\n", source, (long long)limits[i]);
            assert_int_equal(status, 0);
        }
    }
}

static void limit_is_efbig_for_a_memfd(void **state) {
    (void)state;
    assert_limit_holds(false);
}

static void limit_is_efbig_for_a_tmpfile(void **state) {
    (void)state;
    assert_limit_holds(true);
}

/* Control: the plain way ends the program. */
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
        cmocka_unit_test(limit_is_efbig_for_a_memfd),
        cmocka_unit_test(limit_is_efbig_for_a_tmpfile),
        cmocka_unit_test(control_plain_copy_is_killed),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
