/* SPDX-License-Identifier: MIT */
/* Checks what a clone does when mounting fails. */
#include "answers.h"

#include "clones.h"

enum { SIZE = 100000 };

static unsigned char *pattern;
static char path[256];

/* Makes the clone try tmpfs. Answers are given in the order of the calls, so this one comes
 * first. */
static void refuse_memfds(void) {
    answer(SYS_memfd_create, -EPERM);
}

static int clone_to_tmpfs(struct exeseal_report *report) {
    return exeseal_clone_memory(pattern, SIZE, NULL, 0, report, sizeof *report);
}

static int clone_to_view(struct exeseal_report *report) {
    int source = open(path, O_RDONLY | O_CLOEXEC), fd = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, report);
    close(source);
    return fd;
}

static void assert_made_by(int fd, const struct exeseal_report *report, uint32_t strategy) {
    assert_true(fd >= 3 && holds_bytes(fd, pattern, SIZE));
    assert_int_equal(report->strategy, strategy);
    assert_true(is_close_on_exec(fd));
    close(fd);
}

/* tmpfs fails for this reason, and the next strategy is tried. */
static void assert_tmpfile_takes_over(uint32_t step, int error, const char *where) {
    struct exeseal_report report;
    int before = open_descriptors();
    assert_made_by(clone_to_tmpfs(&report), &report, EXESEAL_STRATEGY_TMPFILE);
    assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_TMPFS, step, error, where);
    assert_int_equal(open_descriptors(), before);
}

static void assert_stops(uint32_t step, int error) {
    struct exeseal_report report;
    int before = open_descriptors();
    assert_failed_at(clone_to_tmpfs(&report), error, &report, step);
    assert_int_equal(report.attempts, 2);
    assert_int_equal(open_descriptors(), before);
}

/* --- mounting --- */

/* Without CAP_SYS_ADMIN over the mount namespace, each of them returns EPERM. */
static void missing_privilege_is_skipped_at_every_mount_call(void **state) {
    skip_unless_root();
    static const long kinds[] = {SYS_fsopen, FSCONFIG(CREATE), SYS_fsmount};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        forget_calls(state);
        refuse_memfds();
        answer(kinds[i], -EPERM);
        assert_tmpfile_takes_over(EXESEAL_STEP_MOUNT, EPERM, "");
    }
}

static void unsupported_mount_is_skipped(void **state) {
    static const int errors[] = {EPERM, ENOSYS, EOPNOTSUPP, EACCES, EINVAL, ENODEV, ENOSPC};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        refuse_memfds();
        answer(SYS_fsopen, -errors[i]);
        assert_tmpfile_takes_over(EXESEAL_STEP_MOUNT, errors[i], "");
        assert_int_equal(calls_of(SYS_fsopen), 1);
    }
}

static void lack_of_resources_stops(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        refuse_memfds();
        answer(SYS_fsopen, -errors[i]);
        assert_stops(EXESEAL_STEP_MOUNT, errors[i]);
    }
}

/* --- tmpfs --- */

static void kernel_without_huge_pages_is_accepted(void **state) {
    (void)state;
    skip_unless_root();
    refuse_memfds();
    struct exeseal_report report;
    answer(FSCONFIG(SET_STRING), -EINVAL);
    assert_made_by(clone_to_tmpfs(&report), &report, EXESEAL_STRATEGY_TMPFS);
    assert_int_equal(report.attempts, 2);
}

static void failed_ftruncate_is_ignored(void **state) {
    (void)state;
    skip_unless_root();
    refuse_memfds();
    struct exeseal_report report;
    answer(SYS_ftruncate, -EINVAL);
    assert_made_by(clone_to_tmpfs(&report), &report, EXESEAL_STRATEGY_TMPFS);
}

static void held_writer_skips_tmpfs(void **state) {
    (void)state;
    skip_unless_root();
    refuse_memfds();
    answer(FSCONFIG(RECONFIGURE), -EBUSY);
    assert_tmpfile_takes_over(EXESEAL_STEP_READ_ONLY, EBUSY, "");
}

static void full_tmpfs_is_skipped(void **state) {
    (void)state;
    skip_unless_root();
    refuse_memfds();
    answer(SYS_pwritev, -ENOSPC);
    assert_tmpfile_takes_over(EXESEAL_STEP_COPY, ENOSPC, "");
}

/* The kernel reports success and does nothing. */
static void tmpfs_that_stays_writable_is_detected(void **state) {
    (void)state;
    skip_unless_root();
    refuse_memfds();
    answer(FSCONFIG(RECONFIGURE), 0);
    assert_stops(EXESEAL_STEP_VERIFY, EIO);
}

/* --- overlay --- */

/* Before Linux 6.15 a layer must be mounted in this mount namespace. */
static void mounted_directory_replaces_the_empty_layer(void **state) {
    (void)state;
    skip_unless_root();
    struct exeseal_report report;
    answer(FSCONFIG(SET_FD), THE_KERNELS_OWN);
    answer(FSCONFIG(SET_FD), -EINVAL);
    assert_made_by(clone_to_view(&report), &report, EXESEAL_STRATEGY_OVERLAY);
    assert_int_equal(report.attempts, 1);
    assert_true(calls_of(FSCONFIG(SET_FD)) >= 4);
}

/* Before Linux 6.13 layers have paths, and fsconfig(2) returns one of these errors for a
 * descriptor. */
static void layers_may_have_paths(void **state) {
    static const int errors[] = {EINVAL, EBADF, EOPNOTSUPP};
    skip_unless_root();
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        struct exeseal_report report;
        for (int other = 0; other < 3; other++) /* with the empty layer, /tmp and /run */
            answer(FSCONFIG(SET_FD), -errors[i]);
        int fd = clone_to_view(&report);
        const char *lower = string_set();
        assert_int_equal(strncmp(lower, "/proc/thread-self/fd/", 21), 0);
        assert_non_null(strstr(lower, ":/proc/thread-self/fd/"));
        assert_made_by(fd, &report, EXESEAL_STRATEGY_OVERLAY);
    }
}

static void failed_overlay_falls_back_to_bind(void **state) {
    static const int errors[] = {EPERM, ENODEV, ENOSYS, EACCES, EOPNOTSUPP, ENOSPC};
    skip_unless_root();
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        struct exeseal_report report;
        answer(SYS_fsopen, THE_KERNELS_OWN); /* the empty layer */
        answer(SYS_fsopen, -errors[i]);
        assert_made_by(clone_to_view(&report), &report, EXESEAL_STRATEGY_BIND);
        assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, errors[i], "");
    }
}

static void lack_of_descriptors_tries_no_other_layers(void **state) {
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    skip_unless_root();
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        struct exeseal_report report;
        answer(FSCONFIG(CREATE), THE_KERNELS_OWN);
        answer(FSCONFIG(CREATE), -errors[i]);
        assert_failed_at(clone_to_view(&report), errors[i], &report, EXESEAL_STEP_MOUNT);
        assert_int_equal(report.attempts, 1);
        assert_int_equal(calls_of(FSCONFIG(CREATE)), 2);
    }
}

/* --- bind --- */

static void mount_that_cannot_be_made_read_only_is_rejected(void **state) {
    static const int errors[] = {ENOSYS, EPERM, EACCES, EINVAL};
    skip_unless_root();
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        struct exeseal_report report;
        answer(SYS_fsopen, -ENODEV);
        answer(SYS_mount_setattr, -errors[i]);
        assert_int_equal(clone_to_view(&report), -ENODEV);
        assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, errors[i], "");
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_NONE);
    }
}

static void mount_that_stays_writable_is_detected(void **state) {
    (void)state;
    skip_unless_root();
    struct exeseal_report report;
    answer(SYS_fsopen, -ENODEV);
    answer(SYS_mount_setattr, 0);
    assert_failed_at(clone_to_view(&report), EIO, &report, EXESEAL_STEP_VERIFY);
    assert_string_equal(last_attempt(&report).where, "read-only");
}

/* --- bind: a child that another thread forked may hold its mount --- */

enum { WAITS = 200 };

/* The first call makes the mount read-only. Each later success means that the mount still
 * exists. */
static void answer_that_mount_is_there(unsigned times) {
    answer(SYS_fsopen, -ENODEV);
    answer(SYS_mount_setattr, THE_KERNELS_OWN);
    for (unsigned i = 0; i < times; i++)
        answer(SYS_mount_setattr, 0);
}

static void mount_that_is_held_is_waited_for(void **state) {
    (void)state;
    skip_unless_root();
    struct exeseal_report report;
    answer_that_mount_is_there(3);
    assert_made_by(clone_to_view(&report), &report, EXESEAL_STRATEGY_BIND);
    assert_int_equal(report.retries, 3);
    assert_int_equal(calls_of(SYS_mount_setattr), 5);
}

static void mount_that_stays_held_is_rejected(void **state) {
    (void)state;
    skip_unless_root();
    struct exeseal_report report;
    int before = open_descriptors();
    answer_that_mount_is_there(WAITS);
    assert_int_equal(clone_to_view(&report), -ENODEV);
    assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, EBUSY, "");
    assert_int_equal(report.retries, WAITS);
    assert_int_equal(open_descriptors(), before);
}

/* A filter that allows the first call only. */
static void mount_that_is_not_proven_gone_is_rejected(void **state) {
    static const int errors[] = {ENOSYS, EPERM, EACCES, EBUSY};
    skip_unless_root();
    for (size_t i = 0; i < COUNT(errors); i++) {
        forget_calls(state);
        struct exeseal_report report;
        answer_that_mount_is_there(0);
        answer(SYS_mount_setattr, -errors[i]);
        assert_int_equal(clone_to_view(&report), -ENODEV);
        assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, errors[i], "");
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_NONE);
    }
}

static void views_are_not_copied_instead(void **state) {
    (void)state;
    struct exeseal_report report;
    answer(SYS_fsopen, -ENOSYS);
    answer(SYS_open_tree, -ENOSYS);
    assert_int_equal(clone_to_view(&report), -ENOSYS);
    assert_int_equal(report.attempts, 2);
    assert_int_equal(calls_of(SYS_memfd_create), 0);
    assert_int_equal(files_created(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(missing_privilege_is_skipped_at_every_mount_call),
        fault_test(unsupported_mount_is_skipped),
        fault_test(lack_of_resources_stops),
        fault_test(kernel_without_huge_pages_is_accepted),
        fault_test(failed_ftruncate_is_ignored),
        fault_test(held_writer_skips_tmpfs),
        fault_test(full_tmpfs_is_skipped),
        fault_test(tmpfs_that_stays_writable_is_detected),
        fault_test(mounted_directory_replaces_the_empty_layer),
        fault_test(layers_may_have_paths),
        fault_test(failed_overlay_falls_back_to_bind),
        fault_test(lack_of_descriptors_tries_no_other_layers),
        fault_test(mount_that_cannot_be_made_read_only_is_rejected),
        fault_test(mount_that_stays_writable_is_detected),
        fault_test(mount_that_is_held_is_waited_for),
        fault_test(mount_that_stays_held_is_rejected),
        fault_test(mount_that_is_not_proven_gone_is_rejected),
        fault_test(views_are_not_copied_instead),
    };
    pattern = make_pattern(SIZE);
    struct temp_directory directory = make_temp_directory();
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, SIZE, 0755));
    int result = run_all(tests);
    remove_temp_directory(&directory);
    free(pattern);
    return result;
}
