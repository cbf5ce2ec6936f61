/* SPDX-License-Identifier: MIT */
/* exeseal_report_format: strategy, step, errno, place and hint, in any buffer. */
#include "support.h"

#include "sandbox.h"

#include <limits.h>

static void success_is_one_line(void **state) {
    (void)state;
    struct exeseal_report report;
    int fd = exeseal_clone_memory("#!/bin/sh\n", 10, NULL, 0, &report, sizeof report);
    assert_true(fd >= 3);
    close(fd);
    const char *text = report_text(&report);
    assert_non_null(strstr(text, "cloned by memfd: 10 bytes, guarantees "
                                 "read-only,sealed,own-pages,peer-sealed,landlock,stable, evidence memory\n"));
}

static void failed_attempt_tells_strategy_step_errno_place_and_hint(void **state) {
    (void)state;
    struct exeseal_report report = {.attempts = 2};
    report.attempt[0] =
        (struct exeseal_attempt){EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EACCES, "vm.memfd_noexec"};
    report.attempt[1] = (struct exeseal_attempt){EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_NOEXEC, EACCES, "/dev/shm"};
    const char *text = report_text(&report);
    assert_non_null(strstr(text, "memfd: create: EACCES (vm.memfd_noexec): "));
    assert_non_null(strstr(text, "vm.memfd_noexec=2"));
    assert_non_null(strstr(text, "tmpfile: noexec: EACCES (/dev/shm): "));
    assert_non_null(strstr(text, "(tmp_dirfd, exeseal run --tmp-dir).\n"));
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void no_strategy_is_not_named(void **state) {
    (void)state;
    struct exeseal_report report;
    assert_int_equal(exeseal_clone(-1, NULL, 0, &report, sizeof report), -EBADF);
    assert_int_equal(strncmp(report_text(&report), "source: EBADF (source_fd)", 25), 0);
}

static void text_is_cut_at_any_size(void **state) {
    (void)state;
    struct exeseal_report report;
    assert_int_equal(exeseal_clone(-1, NULL, 0, &report, sizeof report), -EBADF);
    char whole[512], part[512];
    int length = exeseal_report_format(&report, sizeof report, whole, sizeof whole);
    assert_in_range(length, 10, (int)sizeof whole - 1);
    assert_int_equal(strlen(whole), length);
    for (size_t size = 1; size < (size_t)length + 3; size++) {
        memset(part, 'X', sizeof part);
        assert_int_equal(exeseal_report_format(&report, sizeof report, part, size), length);
        size_t fits = size - 1 < (size_t)length ? size - 1 : (size_t)length;
        assert_int_equal(strlen(part), fits);
        assert_memory_equal(part, whole, fits);
        assert_int_equal(part[size], 'X');
    }
    assert_int_equal(exeseal_report_format(&report, sizeof report, NULL, 0), length);
    memset(part, 'X', sizeof part);
    assert_int_equal(exeseal_report_format(&report, sizeof report, part, 0), length);
    assert_int_equal(part[0], 'X');
}

static void bad_arguments_are_einval(void **state) {
    (void)state;
    struct exeseal_report report = {0};
    char text[16];
    assert_int_equal(exeseal_report_format(NULL, 0, text, sizeof text), -EINVAL);
    assert_int_equal(exeseal_report_format(NULL, sizeof report, text, sizeof text), -EINVAL);
    assert_int_equal(exeseal_report_format(&report, sizeof report - 1, text, sizeof text), -EINVAL);
    assert_int_equal(exeseal_report_format(&report, sizeof report, NULL, 1), -EINVAL);
}

static void empty_report_is_empty_text(void **state) {
    (void)state;
    struct exeseal_report report = {0};
    char text[16] = "before";
    assert_int_equal(exeseal_report_format(&report, sizeof report, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void attempts_that_were_not_recorded_are_counted(void **state) {
    (void)state;
    struct exeseal_report report = {.attempts = 19};
    for (size_t i = 0; i < EXESEAL_REPORT_ATTEMPTS; i++)
        report.attempt[i] = (struct exeseal_attempt){EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_CREATE, EROFS, "/tmp"};
    assert_non_null(strstr(report_text(&report), "3 more attempts were not recorded"));
}

/* A report is in the caller's memory, so it may contain anything. */
static void any_numbers_are_survived(void **state) {
    (void)state;
    struct exeseal_report report;
    memset(&report, 0xff, sizeof report);
    char text[16384];
    assert_true(exeseal_report_format(&report, sizeof report, text, sizeof text) > 0);
    memset(&report, 0x5a, sizeof report);
    assert_true(exeseal_report_format(&report, sizeof report, text, sizeof text) > 0);
    static const int errors[] = {INT_MIN, -1, 1, 133, 134, 4095, INT_MAX};
    for (size_t i = 0; i < COUNT(errors); i++) {
        memset(&report, 0, sizeof report);
        report.attempts = 1;
        report.attempt[0] = (struct exeseal_attempt){99, 99, errors[i], "where"};
        assert_non_null(strstr(report_text(&report), "unknown: unknown: "));
    }
}

/* Hostile names in a report neither control the terminal nor forge a line. */
static void control_bytes_show_as_question_marks(void **state) {
    (void)state;
    struct exeseal_report report = {.attempts = 1};
    report.attempt[0] = (struct exeseal_attempt){0, EXESEAL_STEP_INTERPRETER, ENOENT, "/\x1b[31m\n\r\t\x7f\xc3\xa4 ~"};
    const char *text = report_text(&report);
    assert_non_null(strstr(text, "interpreter: ENOENT (/?[31m?????? ~): "));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void unknown_errno_is_a_number(void **state) {
    (void)state;
    struct exeseal_report report = {.attempts = 1};
    report.attempt[0] = (struct exeseal_attempt){EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, 4000, ""};
    assert_non_null(strstr(report_text(&report), "memfd: copy: errno 4000\n"));
}

static void every_errno_here_has_its_name(void **state) {
    (void)state;
    static const struct {
        int error;
        const char *name;
    } cases[] = {
        {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EIO, "EIO"},        {E2BIG, "E2BIG"},           {EBADF, "EBADF"},
        {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EFAULT, "EFAULT"},  {ENODEV, "ENODEV"},         {EISDIR, "EISDIR"},
        {EINVAL, "EINVAL"}, {ENFILE, "ENFILE"}, {EMFILE, "EMFILE"},  {EFBIG, "EFBIG"},           {ETXTBSY, "ETXTBSY"},
        {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"},   {ENOSYS, "ENOSYS"},  {EOPNOTSUPP, "EOPNOTSUPP"}, {ESTALE, "ESTALE"},
        {ELOOP, "ELOOP"},   {EDQUOT, "EDQUOT"}, {ENOEXEC, "ENOEXEC"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exeseal_report report = {.attempts = 1};
        report.attempt[0] = (struct exeseal_attempt){0, EXESEAL_STEP_VERIFY, cases[i].error, ""};
        char wanted[32];
        snprintf(wanted, sizeof wanted, "verify: %s", cases[i].name);
        assert_int_equal(strncmp(report_text(&report), wanted, strlen(wanted)), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_one_line),
        cmocka_unit_test(failed_attempt_tells_strategy_step_errno_place_and_hint),
        cmocka_unit_test(no_strategy_is_not_named),
        cmocka_unit_test(text_is_cut_at_any_size),
        cmocka_unit_test(bad_arguments_are_einval),
        cmocka_unit_test(empty_report_is_empty_text),
        cmocka_unit_test(attempts_that_were_not_recorded_are_counted),
        cmocka_unit_test(any_numbers_are_survived),
        cmocka_unit_test(control_bytes_show_as_question_marks),
        cmocka_unit_test(unknown_errno_is_a_number),
        cmocka_unit_test(every_errno_here_has_its_name),
    };
    return run_all(tests);
}
