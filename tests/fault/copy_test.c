/* SPDX-License-Identifier: MIT */
/* Checks what a clone does when reading the source or proving that it does not change fails. */
#include "answers.h"

#include "clones.h"

#include <linux/magic.h>

enum { SIZE = 100000, PART = 1000 };

static unsigned char *pattern;

static int clone_file(uint64_t require, struct exeseal_report *report) {
    int source = unlinked_file(pattern, SIZE, 0755);
    int fd = clone_requiring(source, require, report);
    close(source);
    return fd;
}

static void assert_copies(void) {
    struct exeseal_report report;
    int fd = clone_file(0, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.attempts, 1);
    close(fd);
}

/* The clone leaves no descriptor open, and tries no other way of copying and no other strategy. */
static void assert_stops(uint64_t require, int error, uint32_t step) {
    struct exeseal_report report;
    int before = open_descriptors();
    assert_failed_at(clone_file(require, &report), error, &report, step);
    assert_int_equal(files_created(), 0);
    assert_int_equal(open_descriptors(), before);
}

/* --- copying bytes --- */

static void interrupted_sendfile_is_restarted(void **state) {
    (void)state;
    answer(SYS_sendfile, -EINTR);
    answer(SYS_sendfile, PART);
    answer(SYS_sendfile, -EINTR);
    assert_copies();
    assert_int_equal(calls_of(SYS_sendfile), 4);
    assert_int_equal(argument_of(SYS_sendfile, 1, 2), 0);
    assert_int_equal(argument_of(SYS_sendfile, 2, 2), PART);
    assert_int_equal(argument_of(SYS_sendfile, 3, 2), PART);
}

static void short_counts_are_continued(void **state) {
    (void)state;
    answer(SYS_sendfile, 1);
    answer(SYS_sendfile, PART);
    assert_copies();
    assert_int_equal(calls_of(SYS_sendfile), 3);
    assert_int_equal(argument_of(SYS_sendfile, 2, 2), 1 + PART);
    assert_int_equal(argument_of(SYS_sendfile, 2, 3), SIZE - 1 - PART);
}

/* Other runtimes loop for ever here. */
static void no_progress_is_estale(void **state) {
    (void)state;
    answer(SYS_sendfile, PART);
    answer(SYS_sendfile, 0);
    assert_stops(0, ESTALE, EXESEAL_STEP_COPY);
    assert_int_equal(calls_of(SYS_sendfile), 2);
}

static void refused_sendfile_falls_back_at_the_same_offset(void **state) {
    static const int errors[] = {EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE, EPERM, EACCES};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_sendfile, PART);
        answer(SYS_sendfile, -errors[i]);
        assert_copies();
        assert_int_equal(calls_of(SYS_sendfile), 2);
        assert_int_equal(argument_of(SYS_preadv, 0, 3), PART);
        assert_int_equal(argument_of(SYS_pwritev, 0, 3), PART);
    }
}

static void short_and_interrupted_reads_and_writes_are_continued(void **state) {
    (void)state;
    answer(SYS_sendfile, -ENOSYS);
    answer(SYS_preadv, -EINTR);
    answer(SYS_preadv, PART);
    answer(SYS_pwritev, PART / 4);
    answer(SYS_pwritev, -EINTR);
    assert_copies();
    assert_int_equal(argument_of(SYS_preadv, 1, 3), 0);
    assert_int_equal(argument_of(SYS_preadv, 2, 3), PART);
    assert_int_equal(argument_of(SYS_pwritev, 2, 3), PART / 4);
    assert_int_equal(argument_of(SYS_pwritev, 3, 3), PART);
}

static void read_without_progress_is_estale(void **state) {
    (void)state;
    answer(SYS_sendfile, -ENOSYS);
    answer(SYS_preadv, PART);
    answer(SYS_preadv, 0);
    assert_stops(0, ESTALE, EXESEAL_STEP_COPY);
}

static void write_without_progress_is_eio(void **state) {
    (void)state;
    answer(SYS_sendfile, -ENOSYS);
    answer(SYS_pwritev, 0);
    assert_stops(0, EIO, EXESEAL_STEP_COPY);
}

static void lost_device_or_memory_stops(void **state) {
    static const int errors[] = {EIO, ENOMEM, EOVERFLOW};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_sendfile, PART);
        answer(SYS_sendfile, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_COPY);
        assert_int_equal(calls_of(SYS_preadv), 0);
        assert_int_equal(calls_of(SYS_memfd_create), 1);
    }
}

/* --- the source --- */

static void source_that_cannot_be_examined_stops(void **state) {
    static const int errors[] = {ENOSYS, EACCES, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_statx, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_SOURCE);
        assert_int_equal(calls_of(SYS_memfd_create), 0);
    }
}

static void source_that_cannot_be_reopened_is_read_through_its_descriptor(void **state) {
    (void)state;
    answer(SYS_openat, THE_KERNELS_OWN); /* /proc */
    answer(SYS_openat, -EACCES);
    struct exeseal_report report;
    int fd = clone_file(0, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
    /* never on the caller's open file description */
    assert_int_equal(calls_of(FCNTL(F_SETLEASE)), 0);
    close(fd);
}

static void lack_of_descriptors_stops_a_reopening(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer(SYS_openat, THE_KERNELS_OWN); /* /proc */
        answer(SYS_openat, -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_SOURCE);
        assert_int_equal(calls_of(SYS_memfd_create), 0);
    }
}

static void unknown_file_size_limit_makes_no_copy(void **state) {
    (void)state;
    answer(SYS_prlimit64, -EFAULT);
    assert_stops(0, EFAULT, EXESEAL_STEP_LIMIT);
    assert_int_equal(calls_of(SYS_memfd_create), 0);
}

/* --- the lease: these answers grant leases, whatever the temporary directory's file system is
 * --- */

static void answer_as_ext4(void) {
    answer(SYS_fstatfs, THE_KERNELS_OWN); /* for /proc */
    answer(SYS_fstatfs, EXT4_SUPER_MAGIC);
}

static void grant_lease(void) {
    answer_as_ext4();
    answer(FCNTL(F_SETLEASE), 0);
    answer(FCNTL(F_GETLEASE), F_RDLCK);
}

static uint32_t evidence_of_clone(void) {
    struct exeseal_report report;
    int fd = clone_file(0, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal((report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0, report.evidence > EXESEAL_EVIDENCE_TIMES);
    close(fd);
    return report.evidence;
}

static void lease_that_holds_is_the_evidence(void **state) {
    (void)state;
    grant_lease();
    answer(FCNTL(F_GETLEASE), F_RDLCK);
    answer(FCNTL(F_SETLEASE), 0);
    assert_int_equal(evidence_of_clone(), EXESEAL_EVIDENCE_LEASE);
    assert_int_equal(argument_of(FCNTL(F_SETLEASE), 1, 2), F_UNLCK);
}

static void refused_lease_leaves_times_as_evidence(void **state) {
    static const int errors[] = {EAGAIN, EACCES, EINVAL, ENOLCK, ENOMEM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        answer_as_ext4();
        answer(FCNTL(F_SETLEASE), -errors[i]);
        assert_int_equal(evidence_of_clone(), EXESEAL_EVIDENCE_TIMES);
    }
}

static void refused_lease_is_not_enough_for_stable(void **state) {
    (void)state;
    answer_as_ext4();
    answer(FCNTL(F_SETLEASE), -EAGAIN);
    struct exeseal_report report;
    assert_int_equal(clone_file(EXESEAL_GUARANTEE_STABLE, &report), -EOPNOTSUPP);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "times");
    assert_int_equal(calls_of(SYS_memfd_create), 0);
}

/* A writer arrived at once. */
static void lease_that_is_broken_at_once_leaves_times_as_evidence(void **state) {
    (void)state;
    answer_as_ext4();
    answer(FCNTL(F_SETLEASE), 0);
    answer(FCNTL(F_GETLEASE), F_UNLCK);
    answer(FCNTL(F_SETLEASE), 0);
    assert_int_equal(evidence_of_clone(), EXESEAL_EVIDENCE_TIMES);
    assert_int_equal(argument_of(FCNTL(F_SETLEASE), 1, 2), F_UNLCK);
}

/* A writer arrived during the copy, but changed nothing. */
static void lease_that_is_broken_during_the_copy_leaves_times_as_evidence(void **state) {
    (void)state;
    grant_lease();
    answer(FCNTL(F_GETLEASE), F_UNLCK);
    answer(FCNTL(F_SETLEASE), 0);
    assert_int_equal(evidence_of_clone(), EXESEAL_EVIDENCE_TIMES);
    assert_int_equal(argument_of(FCNTL(F_SETLEASE), 1, 2), F_UNLCK);
    assert_int_equal(calls_of(SYS_memfd_create), 1); /* it is not copied again */
}

static void lease_that_is_broken_during_the_copy_is_estale_if_stable_is_required(void **state) {
    (void)state;
    grant_lease();
    answer(FCNTL(F_GETLEASE), F_UNLCK);
    assert_stops(EXESEAL_GUARANTEE_STABLE, ESTALE, EXESEAL_STEP_STABILITY);
    assert_int_equal(calls_of(SYS_memfd_create), 1);
}

/* --- sharing blocks --- */

static void pretend_that_the_source_is_on_btrfs(void) {
    answer(SYS_fstatfs, PROC_SUPER_MAGIC);
    answer(SYS_fstatfs, BTRFS_SUPER_MAGIC);
}

static void refused_sharing_falls_back_to_copying(void **state) {
    static const int errors[] = {EXDEV, EOPNOTSUPP, EINVAL, ETXTBSY, ENOTTY, EPERM, EACCES, ENOSYS};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        pretend_that_the_source_is_on_btrfs();
        answer(IOCTL(CLONE_FILE), -EINTR);
        answer(IOCTL(CLONE_FILE), -errors[i]);
        assert_copies();
        assert_int_equal(calls_of(IOCTL(CLONE_FILE)), 2);
        assert_int_equal(calls_of(SYS_sendfile), 1);
    }
}

static void lost_device_or_memory_stops_sharing_too(void **state) {
    static const int errors[] = {EIO, ENOMEM};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        pretend_that_the_source_is_on_btrfs();
        answer(IOCTL(CLONE_FILE), -errors[i]);
        assert_stops(0, errors[i], EXESEAL_STEP_COPY);
        assert_int_equal(calls_of(SYS_sendfile), 0);
    }
}

/* The file was truncated or extended between examining and sharing it. */
static void snapshot_of_another_size_is_estale(void **state) {
    (void)state;
    pretend_that_the_source_is_on_btrfs();
    answer(IOCTL(CLONE_FILE), 0);
    assert_stops(0, ESTALE, EXESEAL_STEP_COPY);
}

static void nothing_is_shared_without_reflinks(void **state) {
    (void)state;
    answer(SYS_fstatfs, PROC_SUPER_MAGIC);
    answer(SYS_fstatfs, EXT4_SUPER_MAGIC);
    assert_copies();
    assert_int_equal(calls_of(IOCTL(CLONE_FILE)), 0);
}

/* With DAX, shared blocks are shared pages. */
static void nothing_is_shared_with_dax(void **state) {
    (void)state;
    pretend_that_the_source_is_on_btrfs();
    give_files_attributes(0x200000 /* STATX_ATTR_DAX, Linux 5.8 */);
    assert_copies();
    assert_int_equal(calls_of(IOCTL(CLONE_FILE)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(interrupted_sendfile_is_restarted),
        fault_test(refused_sharing_falls_back_to_copying),
        fault_test(lost_device_or_memory_stops_sharing_too),
        fault_test(snapshot_of_another_size_is_estale),
        fault_test(nothing_is_shared_without_reflinks),
        fault_test(nothing_is_shared_with_dax),
        fault_test(short_counts_are_continued),
        fault_test(no_progress_is_estale),
        fault_test(refused_sendfile_falls_back_at_the_same_offset),
        fault_test(short_and_interrupted_reads_and_writes_are_continued),
        fault_test(read_without_progress_is_estale),
        fault_test(write_without_progress_is_eio),
        fault_test(lost_device_or_memory_stops),
        fault_test(source_that_cannot_be_examined_stops),
        fault_test(source_that_cannot_be_reopened_is_read_through_its_descriptor),
        fault_test(lack_of_descriptors_stops_a_reopening),
        fault_test(unknown_file_size_limit_makes_no_copy),
        fault_test(lease_that_holds_is_the_evidence),
        fault_test(refused_lease_leaves_times_as_evidence),
        fault_test(refused_lease_is_not_enough_for_stable),
        fault_test(lease_that_is_broken_at_once_leaves_times_as_evidence),
        fault_test(lease_that_is_broken_during_the_copy_leaves_times_as_evidence),
        fault_test(lease_that_is_broken_during_the_copy_is_estale_if_stable_is_required),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
