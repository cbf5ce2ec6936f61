/* SPDX-License-Identifier: MIT */
/* Checks how a memfd is prepared for huge pages, call by call, and when the preparation ends. */
#include "answers.h"

#include "clones.h"

#include <sys/mman.h>
#include <time.h>

/* The copy is prepared in batches of 1 and 2 huge pages. */
enum { MIB = 1 << 20, HUGE_PAGE = 2 * MIB, SIZE = 6 * MIB + 1, WHOLE = 6 * MIB };

static unsigned char *pattern;

static void assert_huge(size_t huge_bytes) {
    struct exeseal_report report;
    int before = open_descriptors();
    size_t mappings = count_mappings();
    int fd = exeseal_clone_memory(pattern, SIZE, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.huge_bytes, huge_bytes);
    assert_int_equal(report.attempts, 1);
    close(fd);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(count_mappings(), mappings);
    assert_int_equal(calls_of(SYS_mmap) > 0, calls_of(SYS_munmap) > 0);
}

/* Skips where the library prepares nothing because a stall is possible. */
static void skip_where_a_stall_is_possible(const char *name) {
    give_huge_pages();
    close(exeseal_clone_memory(pattern, SIZE, HUGE_PAGES_ASKED_FOR, NULL, 0));
    if (calls_of(SYS_madvise | COLLAPSE << 16) == 0)
        skip_test(name, "the library or the kernel keeps to small pages here");
    forget_calls(NULL);
    give_huge_pages();
}

/* --- the preparation --- */

static void batches_grow_to_one_window(void **state) {
    (void)state;
    skip_where_a_stall_is_possible(__func__);
    enum { LARGE = 101 * MIB };
    static const long batches[] = {2 * MIB, 4 * MIB, 8 * MIB, 16 * MIB, 32 * MIB, 32 * MIB, 6 * MIB};
    unsigned char *large = calloc(1, LARGE);
    struct exeseal_report report;
    close(exeseal_clone_memory(large, LARGE, HUGE_PAGES_ASKED_FOR, &report, sizeof report));
    free(large);
    assert_int_equal(report.huge_bytes, 100 * MIB);
    assert_int_equal(calls_of(MADVISE(COLLAPSE)), COUNT(batches));
    assert_int_equal(calls_of(MADVISE(POPULATE_READ)), 50);
    assert_int_equal(calls_of(MADVISE(MADV_DONTFORK)), COUNT(batches));
    assert_int_equal(calls_of(SYS_munmap), 1 + COUNT(batches));
    assert_int_equal(argument_of(SYS_mmap, 0, 1), 34 * MIB);
    assert_int_equal(argument_of(SYS_munmap, 0, 1), 34 * MIB);
    long done = 0;
    for (size_t i = 0; i < COUNT(batches); i++) {
        assert_int_equal(argument_of(SYS_mmap, i + 1, 1), batches[i]);
        /* no MAP_FIXED: see lib/seal/huge_pages.cc */
        assert_int_equal(argument_of(SYS_mmap, i + 1, 3), MAP_PRIVATE);
        assert_int_equal(argument_of(SYS_mmap, i + 1, 0), argument_of(SYS_mmap, 1, 0));
        assert_int_equal(argument_of(SYS_mmap, i + 1, 5), done);
        assert_int_equal(argument_of(MADVISE(COLLAPSE), i, 1), batches[i]);
        done += batches[i];
        assert_int_equal(argument_of(SYS_ftruncate, i, 1), done);
    }
}

/* The number of calls before the first that copies bytes, which fails. */
static size_t calls_before_bytes_move(size_t size) {
    int source = unlinked_file("", 0, 0755), writer = open(proc_path(source), O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(writer, (off_t)size), 0);
    close(writer);
    forget_calls(NULL);
    give_huge_pages();
    answer(SYS_sendfile, -EIO);
    assert_int_equal(exeseal_clone(source, HUGE_PAGES_ASKED_FOR, NULL, 0), -EIO);
    close(source);
    return calls_made();
}

static void sizes_outside_the_range_make_no_call(void **state) {
    (void)state;
    skip_where_a_stall_is_possible(__func__);
    static const size_t outside[] = {4 * MIB - 1, 256 * MIB + 1}, inside[] = {4 * MIB, 256 * MIB};
    size_t least = calls_before_bytes_move(1);
    for (size_t i = 0; i < COUNT(outside); i++) {
        assert_int_equal(calls_before_bytes_move(outside[i]), least);
        assert_true(calls_before_bytes_move(inside[i]) > least);
    }
}

static void small_pages_make_no_call(void **state) {
    skip_where_a_stall_is_possible(__func__);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_SMALL_PAGES};
    int source = unlinked_file(pattern, SIZE, 0755), small = unlinked_file(pattern, 1, 0755);
    forget_calls(state);
    close(exeseal_clone(small, &options, sizeof options, NULL, 0));
    size_t least = calls_made();
    forget_calls(state);
    close(exeseal_clone(source, &options, sizeof options, NULL, 0));
    assert_int_equal(calls_made(), least);
    forget_calls(state);
    give_huge_pages();
    close(exeseal_clone(source, HUGE_PAGES_ASKED_FOR, NULL, 0)); /* control */
    assert_true(calls_made() > least);
    close(small);
    close(source);
}

/* --- what ends the preparation --- */

static const int ERRORS[] = {EPERM, EACCES, ENOSYS, EINVAL, ENOMEM, EBUSY, EFAULT, EAGAIN};

static void lack_of_address_space_leaves_small_pages(void **state) {
    for (size_t i = 0; i < COUNT(ERRORS); i++) {
        forget_calls(state);
        skip_where_a_stall_is_possible(__func__);
        answer(SYS_mmap, -ERRORS[i]);
        struct exeseal_report report;
        int fd = exeseal_clone_memory(pattern, SIZE, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
        assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
        close(fd);
        assert_int_equal(report.huge_bytes, 0);
        assert_int_equal(calls_of(SYS_mmap), 1);
        assert_int_equal(calls_of(SYS_munmap), 0);
        assert_int_equal(calls_of(SYS_ftruncate), 0);
    }
}

/* Fails in the first batch and in the second; the first batch's pages stay. */
static void error_ends_the_preparation(void **state) {
    static const long kinds[] = {SYS_ftruncate, MADVISE(POPULATE_READ), MADVISE(COLLAPSE)};
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t i = 0; i < COUNT(ERRORS); i++)
            for (size_t batch = 0; batch < 2; batch++) {
                bool is_tried_again = kinds[kind] == MADVISE(COLLAPSE) && ERRORS[i] == EAGAIN;
                forget_calls(state);
                skip_where_a_stall_is_possible(__func__);
                for (size_t before = 0; before < batch; before++)
                    answer(kinds[kind], kinds[kind] == MADVISE(COLLAPSE) ? 0 : THE_KERNELS_OWN);
                answer(kinds[kind], -ERRORS[i]);
                if (is_tried_again)
                    answer(kinds[kind], -ERRORS[i]);
                assert_huge(batch * HUGE_PAGE);
                assert_int_equal(calls_of(kinds[kind]), batch + 1 + is_tried_again);
                assert_int_equal(calls_of(SYS_munmap), 1 + batch + 1);
            }
}

static void refused_mapping_ends_the_preparation(void **state) {
    for (size_t batch = 0; batch < 2; batch++) {
        forget_calls(state);
        skip_where_a_stall_is_possible(__func__);
        for (size_t before = 0; before < 1 + batch; before++)
            answer(SYS_mmap, THE_KERNELS_OWN);
        answer(SYS_mmap, -EAGAIN);
        assert_huge(batch * HUGE_PAGE);
        assert_int_equal(calls_of(MADVISE(COLLAPSE)), batch);
    }
}

static void busy_page_is_tried_again(void **state) {
    (void)state;
    skip_where_a_stall_is_possible(__func__);
    answer(MADVISE(COLLAPSE), -EAGAIN);
    assert_huge(WHOLE);
    assert_int_equal(calls_of(MADVISE(COLLAPSE)), 3);
}

/* The clocks read 0 before a batch, and the real time after it, which exceeds either limit. */
static void assert_ends_after_the_first_batch(size_t which) {
    enum { READINGS = 2 };
    for (size_t i = 0; i < READINGS + which; i++)
        answer(SYS_clock_gettime, 0);
    answer(SYS_clock_gettime, THE_KERNELS_OWN);
    assert_huge(HUGE_PAGE);
    assert_int_equal(calls_of(MADVISE(COLLAPSE)), 1);
}

static void limit_on_processor_time_ends_the_preparation(void **state) {
    (void)state;
    skip_where_a_stall_is_possible(__func__);
    assert_int_equal(argument_of(SYS_clock_gettime, 0, 0), -1);
    assert_ends_after_the_first_batch(0);
    assert_int_equal(argument_of(SYS_clock_gettime, 2, 0), CLOCK_THREAD_CPUTIME_ID);
}

static void limit_on_time_ends_the_preparation(void **state) {
    (void)state;
    skip_where_a_stall_is_possible(__func__);
    assert_ends_after_the_first_batch(1);
    assert_int_equal(argument_of(SYS_clock_gettime, 3, 0), CLOCK_MONOTONIC);
}

/* Without a clock there is no limit, so the preparation does not begin or does not continue. */
static void unreadable_clock_ends_the_preparation(void **state) {
    enum { READINGS = 4 };
    for (size_t which = 0; which < READINGS; which++) {
        forget_calls(state);
        skip_where_a_stall_is_possible(__func__);
        for (size_t i = 0; i < which; i++)
            answer(SYS_clock_gettime, 0);
        answer(SYS_clock_gettime, -EPERM);
        assert_huge(which < READINGS / 2 ? 0 : HUGE_PAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fault_test(batches_grow_to_one_window),         fault_test(sizes_outside_the_range_make_no_call),
        fault_test(small_pages_make_no_call),           fault_test(lack_of_address_space_leaves_small_pages),
        fault_test(error_ends_the_preparation),         fault_test(refused_mapping_ends_the_preparation),
        fault_test(busy_page_is_tried_again),           fault_test(limit_on_processor_time_ends_the_preparation),
        fault_test(limit_on_time_ends_the_preparation), fault_test(unreadable_clock_ends_the_preparation),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
