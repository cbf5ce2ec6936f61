/* SPDX-License-Identifier: MIT */
/* The options of a clone: invalid ones, names, and limits. */
#include "clones.h"

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and not a multiple of a page */

static unsigned char *pattern;

/* --- errors of the options --- */

static void wrong_struct_sizes_are_refused(void **state) {
    (void)state;
    struct {
        struct exeseal_clone_options options;
        unsigned char later[5000];
    } larger = {0};
    size_t known = sizeof larger.options;
    struct exeseal_report report;
    static const size_t small[] = {0, 1, 8, sizeof(struct exeseal_clone_options) - 1};
    for (size_t i = 0; i < COUNT(small); i++)
        assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, small[i], &report, sizeof report), EINVAL,
                         &report, EXESEAL_STEP_ARGUMENT);
    assert_failed_at(exeseal_clone_memory(pattern, 10, NULL, known, &report, sizeof report), EINVAL, &report,
                     EXESEAL_STEP_ARGUMENT);

    /* A newer caller: bytes that this library does not know are accepted if they are zero. */
    int fd = exeseal_clone_memory(pattern, 10, &larger.options, known + 64, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    close(fd);
    larger.later[63] = 1;
    assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, known + 64, &report, sizeof report), E2BIG,
                     &report, EXESEAL_STEP_ARGUMENT);
    larger.later[63] = 0;
    assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, 4097, &report, sizeof report), E2BIG, &report,
                     EXESEAL_STEP_ARGUMENT);
    assert_int_equal(exeseal_clone_memory(pattern, 10, &larger.options, SIZE_MAX, NULL, 0), -E2BIG);
}

static void wrong_report_sizes_are_refused_before_anything_is_done(void **state) {
    (void)state;
    struct {
        struct exeseal_report report;
        unsigned char later[64];
    } larger;
    size_t known = sizeof larger.report;
    int before = open_descriptors();
    memset(&larger, 0x5a, sizeof larger);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, 0), -EINVAL);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, NULL, known), -EINVAL);
    assert_int_equal(exeseal_clone(-1, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(exeseal_clone_self(NULL, 0, &larger.report, known - 1), -EINVAL);
    char *argv[] = {"true", NULL};
    assert_int_equal(exeseal_exec_fd(-1, argv, NULL, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(exeseal_spawn_fd(-1, argv, NULL, NULL, 0, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(exeseal_reexec_self(argv, NULL, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(larger.report.attempts, 0x5a5a5a5a);
    assert_int_equal(larger.later[0], 0x5a);
    assert_int_equal(open_descriptors(), before);

    int fd = exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, sizeof larger);
    assert_true(fd >= 3);
    assert_int_equal(larger.report.strategy, EXESEAL_STRATEGY_MEMFD);
    for (size_t i = 0; i < sizeof larger.later; i++)
        assert_int_equal(larger.later[i], 0);
    close(fd);
}

static void assert_options_refused(const struct exeseal_clone_options *options, int error, const char *what) {
    struct exeseal_report report;
    assert_failed_at(exeseal_clone_memory(pattern, 10, options, sizeof *options, &report, sizeof report), error,
                     &report, EXESEAL_STEP_ARGUMENT);
    assert_string_equal(last_attempt(&report).where, what);
}

static void unknown_flags_bits_and_modes_are_einval(void **state) {
    (void)state;
    for (int bit = 5; bit < 64; bit++) {
        struct exeseal_clone_options options = {.flags = (uint64_t)1 << bit};
        assert_options_refused(&options, EINVAL, "flags");
    }
    struct exeseal_clone_options contradictory = {.flags = EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES};
    assert_options_refused(&contradictory, EINVAL, "flags");
    for (uint32_t bit = 0; bit < 64; bit++) {
        struct exeseal_clone_options options = {.require = (uint64_t)1 << bit};
        if (exeseal_guarantee_name(bit) == NULL)
            assert_options_refused(&options, EINVAL, "require");
    }
    static const uint32_t modes[] = {3, 4, 255, UINT32_MAX};
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct exeseal_clone_options options = {.mode = modes[i]};
        assert_options_refused(&options, EINVAL, "mode");
    }
}

static void endless_name_is_einval(void **state) {
    (void)state;
    struct exeseal_clone_options endless = {0};
    memset(endless.name, 'x', sizeof endless.name);
    assert_options_refused(&endless, EINVAL, "name");
}

static void tmp_dirfd_counts_only_with_its_flag(void **state) {
    (void)state;
    struct exeseal_clone_options options = {.tmp_dirfd = -1};
    int fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    options.flags = EXESEAL_CLONE_TMP_DIRFD;
    static const int numbers[] = {-1, AT_FDCWD, 1023};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        options.tmp_dirfd = numbers[i];
        assert_options_refused(&options, EBADF, "tmp_dirfd");
    }
    options.tmp_dirfd = fd;
    assert_options_refused(&options, ENOTDIR, "tmp_dirfd");
    close(fd);
}

/* --- name and size --- */

static void name_is_shown_in_proc(void **state) {
    (void)state;
    static const char *const names[] = {"runc", "runc_cloned:/proc/self/exe", "/", ".", "..", "bin/"};
    struct exeseal_clone_options options = {0};
    char wanted[96];
    int fd;
    for (size_t i = 0; i < COUNT(names); i++) {
        strcpy(options.name, names[i]);
        fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
        assert_is_sealed_memfd(fd, 0555, pattern, 10);
        snprintf(wanted, sizeof wanted, "/memfd:%s (deleted)", names[i]);
        assert_link_reads(fd, wanted);
        close(fd);
    }
    memset(options.name, 'n', sizeof options.name - 1);
    fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
    snprintf(wanted, sizeof wanted, "/memfd:%s (deleted)", options.name);
    assert_link_reads(fd, wanted);
    close(fd);
}

static int clone_at_most(int source, uint64_t max_bytes, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.max_bytes = max_bytes};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

static void assert_clones_at_most(int source, uint64_t max_bytes) {
    struct exeseal_report report;
    int fd = clone_at_most(source, max_bytes, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    close(fd);
}

static void max_bytes_caps_a_file(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    assert_clones_at_most(source, SIZE);
    assert_clones_at_most(source, SIZE + 1);
    assert_clones_at_most(source, UINT64_MAX);
    static const uint64_t small[] = {1, SIZE / 2, SIZE - 1};
    for (size_t i = 0; i < COUNT(small); i++) {
        assert_failed_at(clone_at_most(source, small[i], &report), EFBIG, &report, EXESEAL_STEP_LIMIT);
        assert_string_equal(last_attempt(&report).where, "max_bytes");
    }
    close(source);
}

static int pipe_of(size_t size) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], pattern, size), (ssize_t)size);
    close(ends[1]);
    return ends[0];
}

static void max_bytes_caps_a_stream(void **state) {
    (void)state;
    enum { SMALL = 60000 };
    struct exeseal_report report;
    static const uint64_t enough[] = {SMALL, SMALL + 1, UINT64_MAX, 0};
    for (size_t i = 0; i < COUNT(enough); i++) {
        int source = pipe_of(SMALL), fd = clone_at_most(source, enough[i], &report);
        assert_is_sealed_memfd(fd, 0555, pattern, SMALL);
        close(fd);
        close(source);
    }
    static const uint64_t small[] = {1, SMALL / 2, SMALL - 1};
    for (size_t i = 0; i < COUNT(small); i++) {
        int source = pipe_of(SMALL);
        assert_failed_at(clone_at_most(source, small[i], &report), EFBIG, &report, EXESEAL_STEP_LIMIT);
        close(source);
    }
}

static void max_bytes_does_not_cap_what_is_not_copied(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0555, PEER_SEALS);
    struct exeseal_report report;
    int fd = clone_at_most(source, 1, &report);
    assert_true(fd >= 3 && is_same_file(fd, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE);
    assert_int_equal(report.bytes, SIZE);
    close(fd);
    close(source);
}

static void max_bytes_caps_memory(void **state) {
    (void)state;
    struct exeseal_clone_options options = {.max_bytes = SIZE - 1};
    assert_int_equal(exeseal_clone_memory(pattern, SIZE, &options, sizeof options, NULL, 0), -EFBIG);
    options.max_bytes = SIZE;
    int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_struct_sizes_are_refused),
        cmocka_unit_test(wrong_report_sizes_are_refused_before_anything_is_done),
        cmocka_unit_test(unknown_flags_bits_and_modes_are_einval),
        cmocka_unit_test(endless_name_is_einval),
        cmocka_unit_test(tmp_dirfd_counts_only_with_its_flag),
        cmocka_unit_test(name_is_shown_in_proc),
        cmocka_unit_test(max_bytes_caps_a_file),
        cmocka_unit_test(max_bytes_caps_a_stream),
        cmocka_unit_test(max_bytes_does_not_cap_what_is_not_copied),
        cmocka_unit_test(max_bytes_caps_memory),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
