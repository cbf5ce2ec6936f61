/* SPDX-License-Identifier: MIT */
/* Which copies may get huge pages, what the report says about that, and that such a copy is like
 * any other copy. */
#include "huge_pages.h"

#include "clones.h"

enum { MIB = 1 << 20, SIZE = 9 * MIB + 7, WHOLE = 8 * MIB };

static unsigned char *pattern;

static int clone_file(size_t size, uint64_t flags, struct exeseal_report *report) {
    int source = unlinked_file(pattern, size, 0755);
    struct exeseal_clone_options options = {.flags = flags};
    int fd = exeseal_clone(source, &options, sizeof options, report, sizeof *report);
    close(source);
    return fd;
}

static int clone_memory(size_t size, uint64_t flags, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.flags = flags};
    return exeseal_clone_memory(pattern, size, &options, sizeof options, report, sizeof *report);
}

/* How many depends on the kernel and on how busy the machine is. */
static void assert_is_whole(int fd, size_t size, const struct exeseal_report *report) {
    assert_is_sealed_memfd(fd, 0555, pattern, size);
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report->bytes, size);
    assert_int_equal(report->huge_bytes % HUGE_PAGE, 0);
    assert_true(report->huge_bytes <= size - size % HUGE_PAGE);
    struct stat file;
    assert_int_equal(fstat(fd, &file), 0);
    /* it occupies no more memory than with small pages */
    assert_int_equal(file.st_blocks * 512, (size + 4095) / 4096 * 4096);
    close(fd);
}

static void copies_are_whole(void **state) {
    (void)state;
    static const size_t sizes[] = {2 * HUGE_PAGE, 2 * HUGE_PAGE + 1, 3 * HUGE_PAGE - 1, WHOLE, SIZE};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct exeseal_report report;
        int fd = clone_file(sizes[i], EXESEAL_CLONE_HUGE_PAGES, &report);
        assert_is_whole(fd, sizes[i], &report);
        fd = clone_memory(sizes[i], EXESEAL_CLONE_HUGE_PAGES, &report);
        assert_is_whole(fd, sizes[i], &report);
    }
}

static void none_if_small_pages_are_asked_for(void **state) {
    (void)state;
    struct exeseal_report report;
    int fd = clone_file(SIZE, EXESEAL_CLONE_SMALL_PAGES, &report);
    assert_int_equal(report.huge_bytes, 0);
    assert_is_whole(fd, SIZE, &report);
    fd = clone_memory(SIZE, EXESEAL_CLONE_SMALL_PAGES, &report);
    assert_int_equal(report.huge_bytes, 0);
    assert_is_whole(fd, SIZE, &report);
}

static void none_below_4_mib(void **state) {
    (void)state;
    struct exeseal_report report;
    int fd = clone_file(2 * HUGE_PAGE - 1, EXESEAL_CLONE_HUGE_PAGES, &report);
    assert_int_equal(report.huge_bytes, 0);
    assert_is_whole(fd, 2 * HUGE_PAGE - 1, &report);
}

static void none_for_a_stream(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t writer = fork();
    if (writer == 0) {
        close(ends[0]);
        for (size_t done = 0; done < SIZE;) {
            ssize_t written = write(ends[1], pattern + done, SIZE - done);
            if (written < 0)
                _exit(1);
            done += (size_t)written;
        }
        _exit(0);
    }
    close(ends[1]);
    struct exeseal_report report;
    int fd = exeseal_clone(ends[0], HUGE_PAGES_ASKED_FOR, &report, sizeof report);
    assert_int_equal(report.huge_bytes, 0);
    assert_is_whole(fd, SIZE, &report);
    close(ends[0]);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* --- where the kernel supports them and no time limit interferes: all whole extents --- */

static void look_at_mappings(void *user) {
    static const size_t sizes[] = {2 * HUGE_PAGE, 2 * HUGE_PAGE + 1, 3 * HUGE_PAGE - 1, SIZE, 35 * MIB};
    unsigned char *large = make_pattern(35 * MIB);
    skip_unless_huge_pages();
    if (user != NULL)
        become_ordinary_user();
    stop_clocks();
    check_equal(bytes_mapped_huge(make_memfd(large, SIZE, 0700, 0), SIZE), 0); /* control */
    for (size_t i = 0; i < COUNT(sizes); i++) {
        int source = unlinked_file(large, sizes[i], 0755);
        struct exeseal_report report;
        int fd = clone_into_huge_pages(source, sizes[i], &report);
        check(holds_bytes(fd, large, sizes[i]));
        check_equal(bytes_mapped_huge(fd, sizes[i]), sizes[i] - sizes[i] % HUGE_PAGE);
        close(fd);
        close(source);
    }
}

static void whole_huge_pages_are_mapped_as_such(void **state) {
    (void)state;
    assert_child(look_at_mappings, NULL);
    assert_child(look_at_mappings, "an ordinary user");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(none_if_small_pages_are_asked_for),
        cmocka_unit_test(none_below_4_mib),
        cmocka_unit_test(none_for_a_stream),
        cmocka_unit_test(whole_huge_pages_are_mapped_as_such),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
