/* SPDX-License-Identifier: MIT */
/* Checks what exeseal_reexec_self does if its copy does not look like a copy. Nothing is
 * executed: execution returns ECANCELED. */
#include "answers.h"

extern char **environ;

static int reexec(struct exeseal_report *report) {
    static char *arguments[] = {"program", NULL};
    int before = open_descriptors();
    int result = exeseal_reexec_self(arguments, environ, NULL, 0, report, sizeof *report);
    assert_int_equal(open_descriptors(), before);
    return result;
}

static void assert_last(const struct exeseal_report *report, uint32_t strategy, uint32_t step, int error) {
    struct exeseal_attempt last = last_attempt(report);
    if (last.step != step || last.error != error)
        print_error("%s", report_text(report));
    assert_int_equal(last.strategy, strategy);
    assert_int_equal(last.step, step);
    assert_int_equal(last.error, error);
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_NONE);
    assert_int_equal(report->guarantees, 0);
}

static void assert_copy_is_not_executed(uint32_t strategy) {
    struct exeseal_report report;
    assert_int_equal(reexec(&report), -ELOOP);
    assert_last(&report, strategy, EXESEAL_STEP_VERIFY, ELOOP);
    assert_int_equal(calls_of(SYS_execveat) + calls_of(SYS_execve), 0);
}

/* --- the control --- */

static void copy_is_executed_once(void **state) {
    (void)state;
    struct exeseal_report report;
    assert_int_equal(reexec(&report), -ECANCELED);
    assert_int_equal(calls_of(SYS_memfd_create), 1);
    assert_int_equal(calls_of(SYS_execveat), 1);
    assert_int_equal(calls_of(SYS_execve), 0);
    assert_last(&report, EXESEAL_STRATEGY_NONE, EXESEAL_STEP_EXECVEAT, ECANCELED);
}

static void tmpfile_is_executed_once(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EPERM);
    struct exeseal_report report;
    assert_int_equal(reexec(&report), -ECANCELED);
    assert_int_equal(files_created(), 1);
    assert_int_equal(calls_of(SYS_execveat), 1);
}

/* --- a copy that the next start would copy again --- */

/* F_GET_SEALS is read when the program is opened, after the memfd is sealed, and before it is
 * executed. */
static void lost_seals_end_the_reexecution(void **state) {
    static const long answers[] = {0, -EINVAL, -EACCES, 0x1, PEER_SEALS & ~F_SEAL_SEAL, PEER_SEALS & ~F_SEAL_WRITE};
    for (size_t i = 0; i < COUNT(answers); i++) {
        forget_calls(state);
        answer(FCNTL(F_GET_SEALS), THE_KERNELS_OWN);
        answer(FCNTL(F_GET_SEALS), THE_KERNELS_OWN);
        answer(FCNTL(F_GET_SEALS), answers[i]);
        assert_copy_is_not_executed(EXESEAL_STRATEGY_MEMFD);
    }
}

static void missing_seals_end_the_reexecution(void **state) {
    static const long answers[] = {0, -EINVAL};
    for (size_t i = 0; i < COUNT(answers); i++) {
        forget_calls(state);
        answer(FCNTL(F_GET_SEALS), THE_KERNELS_OWN);
        answer(FCNTL(F_GET_SEALS), answers[i]);
        struct exeseal_report report;
        assert_int_equal(reexec(&report), -EIO);
        assert_last(&report, EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_VERIFY, EIO);
        assert_int_equal(calls_of(SYS_execveat) + files_created(), 0);
    }
}

/* Some network and FUSE file systems keep a name for an open file. */
static void unlinked_file_that_keeps_a_name_ends_the_reexecution(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EPERM);
    give_files_names(1);
    assert_copy_is_not_executed(EXESEAL_STRATEGY_TMPFILE);
}

static void unlinked_file_whose_link_cannot_be_read_ends_the_reexecution(void **state) {
    static const int errors[] = {EACCES, EPERM, EIO, ENAMETOOLONG};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_memfd_create, -EPERM);
        answer(SYS_readlinkat, -errors[i]);
        assert_copy_is_not_executed(EXESEAL_STRATEGY_TMPFILE);
    }
}

/* --- the program itself --- */

/* Some file systems (FUSE) do not count links. tests/reexec has a file that really lost its
 * name. */
static void running_file_without_a_link_count_is_not_a_copy(void **state) {
    (void)state;
    struct exeseal_report report;
    give_files_names(0);
    assert_int_equal(reexec(&report), -ECANCELED);
    assert_int_equal(calls_of(SYS_memfd_create), 1);
}

/* The file may be a memfd. */
static void running_file_whose_link_cannot_be_read_is_not_a_copy(void **state) {
    (void)state;
    struct exeseal_report report;
    give_files_names(0);
    answer(SYS_readlinkat, -EACCES);
    assert_int_equal(reexec(&report), -ECANCELED);
    assert_int_equal(calls_of(SYS_memfd_create), 1);
}

static void running_file_with_seals_is_a_copy(void **state) {
    static const long enough[] = {PEER_SEALS, PEER_SEALS | F_SEAL_FUTURE_WRITE, 0x3f};
    struct exeseal_report report;
    for (size_t i = 0; i < COUNT(enough); i++) {
        forget_calls(state);
        answer(FCNTL(F_GET_SEALS), enough[i]);
        assert_int_equal(reexec(&report), 0);
        assert_true((report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0);
        assert_int_equal(calls_of(SYS_memfd_create) + calls_of(SYS_execveat), 0);
    }
}

static void program_that_cannot_be_opened_is_reported(void **state) {
    static const int errors[] = {EACCES, EMFILE, ENOMEM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_openat, THE_KERNELS_OWN); /* /proc */
        answer(SYS_openat, -errors[i]);
        struct exeseal_report report;
        assert_int_equal(reexec(&report), -errors[i]);
        assert_last(&report, EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SOURCE, errors[i]);
    }
}

/* The program is read to check that it is the running one. */
static void program_that_cannot_be_read_is_reported(void **state) {
    static const long answers[][2] = {{-EIO, EIO}, {-EISDIR, EISDIR}, {10, EOPNOTSUPP}};
    for (size_t i = 0; i < COUNT(answers); i++) {
        forget_calls(state);
        answer(SYS_preadv, answers[i][0]);
        struct exeseal_report report;
        assert_int_equal(reexec(&report), -answers[i][1]);
        assert_last(&report, EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SOURCE, (int)answers[i][1]);
        assert_int_equal(calls_of(SYS_memfd_create), 0);
    }
}

/* --- executing --- */

static void copy_that_cannot_be_executed_is_closed(void **state) {
    static const int errors[] = {E2BIG, ENOMEM, ETXTBSY, EMFILE};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_execveat, -errors[i]);
        struct exeseal_report report;
        assert_int_equal(reexec(&report), -errors[i]);
        assert_last(&report, EXESEAL_STRATEGY_NONE, EXESEAL_STEP_EXECVEAT, errors[i]);
    }
}

static void filtered_execveat_falls_back_to_the_path(void **state) {
    (void)state;
    answer(SYS_execveat, -EPERM);
    struct exeseal_report report;
    assert_int_equal(reexec(&report), -EPERM);
    assert_memory_equal(executed_path(), "/proc/thread-self/fd/", 21);
    assert_int_equal(calls_of(SYS_execve), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(copy_is_executed_once),
        fault_test(tmpfile_is_executed_once),
        fault_test(lost_seals_end_the_reexecution),
        fault_test(missing_seals_end_the_reexecution),
        fault_test(unlinked_file_that_keeps_a_name_ends_the_reexecution),
        fault_test(unlinked_file_whose_link_cannot_be_read_ends_the_reexecution),
        fault_test(running_file_without_a_link_count_is_not_a_copy),
        fault_test(running_file_whose_link_cannot_be_read_is_not_a_copy),
        fault_test(running_file_with_seals_is_a_copy),
        fault_test(program_that_cannot_be_opened_is_reported),
        fault_test(program_that_cannot_be_read_is_reported),
        fault_test(copy_that_cannot_be_executed_is_closed),
        fault_test(filtered_execveat_falls_back_to_the_path),
    };
    return run_all(tests);
}
