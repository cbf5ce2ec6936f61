/* SPDX-License-Identifier: MIT */
/* Checks what a clone does when fs-verity fails, on a machine that may have none. */
#include "answers.h"

#include "clones.h"

#include <linux/magic.h>

enum { SIZE = 100000 };

static unsigned char *pattern;
static int directory;

static int clone_reclaimably(struct exeseal_report *report) {
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_TMP_DIRFD,
                                            .tmp_dirfd = directory};
    return exeseal_clone_memory(pattern, SIZE, &options, sizeof options, report, sizeof *report);
}

static void pretend_that_the_directory_is_on(long type) {
    answer(SYS_fstatfs, type); /* which checks noexec */
    answer(SYS_fstatfs, type);
}

/* The attempt in tmp_dirfd fails and leaves nothing open; the next attempt makes the copy. */
static void assert_passed_over(int error, const char *where) {
    struct exeseal_report report;
    int before = open_descriptors(), fd = clone_reclaimably(&report);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, error, where);
    assert_true(fd >= 3 && report.attempts > 1);
    assert_true(holds_bytes(fd, pattern, SIZE));
    close(fd);
    assert_int_equal(open_descriptors(), before);
}

static void assert_stops_at(uint32_t step, int error) {
    struct exeseal_report report;
    int before = open_descriptors();
    assert_int_equal(clone_reclaimably(&report), -error);
    assert_int_equal(report.attempts, 1);
    assert_int_equal(report.attempt[0].step, step);
    assert_int_equal(report.attempt[0].error, error);
    assert_int_equal(report.digest.algorithm, 0);
    assert_int_equal(open_descriptors(), before);
}

static void unsupported_verity_is_skipped(void **state) {
    static const int errors[] = {EOPNOTSUPP, ENOTTY, ENOSYS, EINVAL, EPERM, EACCES, EROFS, ENOPKG, ENOSPC, EDQUOT};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        pretend_that_the_directory_is_on(EXT4_SUPER_MAGIC);
        answer(IOCTL(ENABLE_VERITY), -ETXTBSY); /* the file system has fs-verity */
        answer(IOCTL(ENABLE_VERITY), -errors[i]);
        assert_passed_over(errors[i], "tmp_dirfd");
    }
}

static void lack_of_memory_lost_disk_and_a_writer_stop(void **state) {
    static const int errors[] = {ENOMEM, EIO, ETXTBSY};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        pretend_that_the_directory_is_on(EXT4_SUPER_MAGIC);
        answer(IOCTL(ENABLE_VERITY), -ETXTBSY);
        answer(IOCTL(ENABLE_VERITY), -errors[i]);
        assert_stops_at(EXESEAL_STEP_SEAL, errors[i]);
    }
}

/* A FUSE server, whatever it returns, and a file system that reports success although a writer
 * exists. */
static void other_implementations_are_not_trusted(void **state) {
    static const struct {
        long type;
        int answer;
    } others[] = {
        {FUSE_SUPER_MAGIC, -ETXTBSY}, {FUSE_SUPER_MAGIC, 0}, {OVERLAYFS_SUPER_MAGIC, -EACCES}, {EXT4_SUPER_MAGIC, 0}};
    for (size_t i = 0; i < COUNT(others); i++) {
        forget_calls(state);
        pretend_that_the_directory_is_on(others[i].type);
        answer(IOCTL(ENABLE_VERITY), others[i].answer);
        assert_passed_over(EOPNOTSUPP, "tmp_dirfd");
    }
}

/* Enabling reports success, but the file has no fs-verity: the guarantee is not given. */
static void unconfirmed_verity_is_not_guaranteed(void **state) {
    (void)state;
    pretend_that_the_directory_is_on(EXT4_SUPER_MAGIC);
    answer(IOCTL(ENABLE_VERITY), -ETXTBSY);
    answer(IOCTL(ENABLE_VERITY), 0);
    assert_stops_at(EXESEAL_STEP_VERIFY, ENODATA);
    assert_int_equal(calls_of(IOCTL(MEASURE_VERITY)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(unsupported_verity_is_skipped),
        fault_test(lack_of_memory_lost_disk_and_a_writer_stop),
        fault_test(other_implementations_are_not_trusted),
        fault_test(unconfirmed_verity_is_not_guaranteed),
    };
    struct temp_directory files = make_temp_directory();
    directory = open(files.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    pattern = make_pattern(SIZE);
    int status = run_all(tests);
    close(directory);
    remove_temp_directory(&files);
    free(pattern);
    return status;
}
