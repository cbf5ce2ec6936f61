/* SPDX-License-Identifier: MIT */
#include "clones.h"

void assert_is_sealed_memfd(int fd, mode_t permissions, const void *data, size_t size) {
    assert_true(fd >= 3);
    assert_int_equal(seals_of(fd), PEER_SEALS);
    assert_int_equal(permissions_of(fd), permissions);
    assert_int_equal(access_mode(fd), O_RDONLY);
    assert_true(is_close_on_exec(fd));
    assert_true(holds_bytes(fd, data, size));
}

void assert_link_reads(int fd, const char *wanted) {
    char text[128] = "";
    assert_true(readlink(proc_path(fd), text, sizeof text - 1) > 0);
    assert_string_equal(text, wanted);
}

void assert_failed_at(int result, int error, const struct exeseal_report *report, uint32_t step) {
    assert_int_equal(result, -error);
    struct exeseal_attempt attempt = last_attempt(report);
    assert_int_equal(attempt.error, error);
    assert_int_equal(attempt.step, step);
    assert_non_null(strstr(report_text(report), exeseal_step_name(step)));
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_NONE);
    assert_int_equal(report->guarantees, 0);
    assert_int_equal(report->bytes, 0);
}

void assert_attempt(const struct exeseal_attempt *attempt, uint32_t strategy, uint32_t step, int error,
                    const char *where) {
    assert_int_equal(attempt->strategy, strategy);
    assert_int_equal(attempt->step, step);
    assert_int_equal(attempt->error, error);
    assert_string_equal(attempt->where, where);
}

int clone_in_mode(int source, uint32_t mode, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.mode = mode};
    return exeseal_clone(source, &options, sizeof options, report, report == NULL ? 0 : sizeof *report);
}
