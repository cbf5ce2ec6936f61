/* SPDX-License-Identifier: MIT */
/* Checks what a clone does when creating, sealing or opening the copy fails. */
#include "answers.h"

#include "clones.h"

#include <sys/mman.h>

enum { SIZE = 100000 };

static unsigned char *pattern;

static int clone_pattern(uint64_t require, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.require = require};
    return exeseal_clone_memory(pattern, SIZE, &options, sizeof options, report, sizeof *report);
}

/* The clone failed with this error, at this step of the first strategy, and tried no other. */
static void assert_stops(uint64_t require, int error, uint32_t step) {
    struct exeseal_report report;
    int before = open_descriptors();
    assert_failed_at(clone_pattern(require, &report), error, &report, step);
    assert_int_equal(report.attempts, 1);
    assert_int_equal(calls_of(SYS_memfd_create), 1);
    assert_int_equal(files_created(), 0);
    assert_int_equal(open_descriptors(), before);
}

/* The memfd failed, then a tmpfs, and tmpfile succeeded. */
static void assert_tmpfile_takes_over(int error, const char *where) {
    struct exeseal_report report;
    answer(SYS_fsopen, -ENOSYS);
    int fd = clone_pattern(0, &report);
    assert_true(fd >= 3 && holds_bytes(fd, pattern, SIZE));
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, error, where);
    assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_MOUNT, ENOSYS, "");
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_SEALED, 0);
    close(fd);
}

/* --- creating --- */

static void unknown_flag_is_omitted(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EINVAL);
    struct exeseal_report report;
    int fd = clone_pattern(0, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.attempts, 1);
    assert_int_equal(calls_of(SYS_memfd_create), 2);
    assert_int_equal(argument_of(SYS_memfd_create, 0, 1), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    assert_int_equal(argument_of(SYS_memfd_create, 1, 1), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    close(fd);
}

static void tmpfile_takes_over_if_no_flag_works(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EINVAL);
    answer(SYS_memfd_create, -EINVAL);
    assert_tmpfile_takes_over(EINVAL, "");
    assert_int_equal(calls_of(SYS_memfd_create), 2);
}

/* A kernel that does not know the flag does not know the seal either. */
static void x_sealed_requires_the_flag(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EINVAL);
    struct exeseal_report report;
    assert_int_equal(clone_pattern(EXESEAL_GUARANTEE_X_SEALED, &report), -EOPNOTSUPP);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EOPNOTSUPP, "F_SEAL_EXEC");
    assert_int_equal(calls_of(SYS_memfd_create), 1);
    assert_int_equal(files_created(), 0);
}

static void policy_is_not_bypassed(void **state) {
    (void)state;
    answer(SYS_memfd_create, -EACCES);
    assert_tmpfile_takes_over(EACCES, "vm.memfd_noexec");
    assert_int_equal(calls_of(SYS_memfd_create), 1);
}

static void unavailable_memfd_is_skipped(void **state) {
    static const int errors[] = {ENOSYS, EOPNOTSUPP, EPERM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_memfd_create, -errors[i]);
        assert_tmpfile_takes_over(errors[i], "");
        assert_int_equal(calls_of(SYS_memfd_create), 1);
    }
}

static void lack_of_memory_or_descriptors_stops(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_memfd_create, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_CREATE);
    }
}

/* The error is that of the memfd, not that the other strategies lack seals. */
static void missing_seals_return_the_error_of_the_memfd(void **state) {
    static const int errors[] = {ENOSYS, EOPNOTSUPP, EPERM, EACCES};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_memfd_create, -errors[i]);
        struct exeseal_report report;
        assert_int_equal(clone_pattern(EXESEAL_GUARANTEE_SEALED, &report), -errors[i]);
        static const uint32_t others[] = {EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_TMPFILE, EXESEAL_STRATEGY_OVERLAY,
                                          EXESEAL_STRATEGY_BIND};
        for (size_t other = 0; other < COUNT(others); other++)
            assert_attempt(&report.attempt[other + 1], others[other], EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "sealed");
        assert_int_equal(calls_of(SYS_openat), 0);
    }
}

/* --- sealing --- */

static void memfd_without_seals_is_closed(void **state) {
    (void)state;
    answer(FCNTL(F_ADD_SEALS), -ENOMEM);
    assert_stops(0, ENOMEM, EXESEAL_STEP_SEAL);
    assert_int_equal(calls_of(SYS_close), 1);
}

/* gVisor before it had seals, emulators, filters. */
static void unsealable_memfd_is_skipped(void **state) {
    static const int errors[] = {EPERM, EACCES, EINVAL, ENOSYS};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        int before = open_descriptors();
        answer(FCNTL(F_ADD_SEALS), -errors[i]);
        struct exeseal_report report;
        int fd = clone_pattern(0, &report);
        assert_true(fd >= 3 && report.strategy != EXESEAL_STRATEGY_MEMFD);
        assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_SEALED, 0);
        assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_SEAL, errors[i], "");
        close(fd);
        assert_int_equal(open_descriptors(), before);
    }
}

/* The kernel itself may hold a page for a moment. */
static void busy_pages_are_waited_for(void **state) {
    (void)state;
    struct exeseal_report report;
    for (int i = 0; i < 9; i++)
        answer(FCNTL(F_ADD_SEALS), -EBUSY);
    int fd = clone_pattern(0, &report);
    assert_true(fd >= 0);
    assert_int_equal(report.retries, 9);
    assert_int_equal(seals_of(fd), PEER_SEALS);
    close(fd);
}

static void pages_that_stay_busy_are_ebusy(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++)
        answer(FCNTL(F_ADD_SEALS), -EBUSY);
    assert_stops(0, EBUSY, EXESEAL_STEP_SEAL);
    assert_int_equal(calls_of(SYS_close), 1);
}

/* RHEL 7 kernels did so (runc issue 1988). */
static void forgotten_seals_are_detected(void **state) {
    (void)state;
    answer(FCNTL(F_ADD_SEALS), 0);
    assert_stops(0, EIO, EXESEAL_STEP_VERIFY);
    assert_int_equal(argument_of(FCNTL(F_ADD_SEALS), 0, 2), PEER_SEALS);
}

static void permissions_that_cannot_be_set_stop(void **state) {
    (void)state;
    answer(SYS_fchmod, -EIO);
    assert_stops(0, EIO, EXESEAL_STEP_PERMISSIONS);
    assert_int_equal(calls_of(FCNTL(F_ADD_SEALS)), 0);
}

/* --- opening --- */

static void memfds_own_descriptor_is_returned_without_proc(void **state) {
    (void)state;
    answer(SYS_openat, -ENOENT); /* /proc */
    answer(SYS_fsopen, -EPERM);  /* nor a new procfs */
    struct exeseal_report report;
    int fd = clone_pattern(EXESEAL_GUARANTEE_SEALED, &report);
    assert_int_equal(seals_of(fd), PEER_SEALS);
    assert_int_equal(access_mode(fd), O_RDWR);
    assert_int_equal(report.attempts, 2);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_REOPEN, ENOENT, "/proc");
    assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_DONE, 0, "");
    close(fd);
}

/* A filter, or a security module. */
static void memfds_own_descriptor_is_returned_if_reopening_is_refused(void **state) {
    static const int errors[] = {EPERM, EACCES, ENOSYS};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_openat, THE_KERNELS_OWN); /* /proc */
        answer(SYS_openat, -errors[i]);
        struct exeseal_report report;
        int fd = clone_pattern(EXESEAL_GUARANTEE_SEALED, &report);
        assert_int_equal(seals_of(fd), PEER_SEALS);
        assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_REOPEN, errors[i], "/proc");
        assert_int_equal(report.attempts, 2);
        close(fd);
    }
}

/* No descriptor was left for a new procfs. */
static void lack_of_descriptors_for_a_new_procfs_stops(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_openat, -ENOENT); /* /proc */
        answer(SYS_fsopen, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_REOPEN);
    }
}

static void lack_of_descriptors_is_not_a_missing_proc(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_openat, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_REOPEN);
        assert_int_equal(calls_of(SYS_fsopen), 0);
    }
}

/* --- tmpfile --- */

static void leave_tmpfile(void) {
    answer(SYS_memfd_create, -EPERM);
    answer(SYS_fsopen, -ENOSYS);
}

static void file_is_unlinked_at_once_without_o_tmpfile(void **state) {
    (void)state;
    leave_tmpfile();
    answer(SYS_openat, THE_KERNELS_OWN); /* the directory */
    answer(SYS_openat, -EOPNOTSUPP);     /* O_TMPFILE */
    struct exeseal_report report;
    int fd = clone_pattern(0, &report);
    struct stat file;
    assert_int_equal(fstat(fd, &file), 0);
    assert_int_equal(file.st_nlink, 0);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    assert_int_equal(argument_of(SYS_openat, 2, 2) & (O_CREAT | O_EXCL), O_CREAT | O_EXCL);
    assert_int_equal(argument_of(SYS_openat, 1, 3), 0); /* nobody can open it too early */
    assert_int_equal(argument_of(SYS_openat, 2, 3), 0);
    assert_int_equal(calls_of(SYS_unlinkat), 1);
    close(fd);
}

static void full_directory_is_skipped(void **state) {
    static const int errors[] = {ENOSPC, EDQUOT};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        leave_tmpfile();
        answer(SYS_pwritev, -errors[i]);
        struct exeseal_report report;
        int fd = clone_pattern(0, &report);
        assert_true(fd >= 3 && holds_bytes(fd, pattern, SIZE));
        assert_attempt(&report.attempt[2], EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, errors[i], "/tmp");
        assert_string_equal(report.attempt[3].where, "/dev/shm");
        close(fd);
    }
}

static void lack_of_descriptors_stops_at_the_first_directory(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        leave_tmpfile();
        answer(SYS_openat, THE_KERNELS_OWN); /* the directory */
        answer(SYS_openat, -errors[i]);
        struct exeseal_report report;
        assert_int_equal(clone_pattern(0, &report), -errors[i]);
        assert_int_equal(report.attempts, 3);
        assert_attempt(&report.attempt[2], EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_CREATE, errors[i], "/tmp");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(unknown_flag_is_omitted),
        fault_test(tmpfile_takes_over_if_no_flag_works),
        fault_test(x_sealed_requires_the_flag),
        fault_test(policy_is_not_bypassed),
        fault_test(unavailable_memfd_is_skipped),
        fault_test(lack_of_memory_or_descriptors_stops),
        fault_test(missing_seals_return_the_error_of_the_memfd),
        fault_test(memfd_without_seals_is_closed),
        fault_test(unsealable_memfd_is_skipped),
        fault_test(busy_pages_are_waited_for),
        fault_test(pages_that_stay_busy_are_ebusy),
        fault_test(forgotten_seals_are_detected),
        fault_test(permissions_that_cannot_be_set_stop),
        fault_test(memfds_own_descriptor_is_returned_without_proc),
        fault_test(memfds_own_descriptor_is_returned_if_reopening_is_refused),
        fault_test(lack_of_descriptors_for_a_new_procfs_stops),
        fault_test(lack_of_descriptors_is_not_a_missing_proc),
        fault_test(file_is_unlinked_at_once_without_o_tmpfile),
        fault_test(full_directory_is_skipped),
        fault_test(lack_of_descriptors_stops_at_the_first_directory),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
