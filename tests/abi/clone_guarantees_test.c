/* SPDX-License-Identifier: MIT */
/* Modes and guarantees: what a clone promises, and when another strategy is used. */
#include "clones.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and not a multiple of a page */

static unsigned char *pattern;

static bool lets_mount(void) {
    struct exeseal_report report;
    return exeseal_probe(EXESEAL_STRATEGY_OVERLAY, &report, sizeof report) == 0;
}

static void ro_shared_page_shows_the_file_itself(void **state) {
    (void)state;
    if (!lets_mount())
        skip_because("no overlay to be had here");
    struct temp_directory directory = make_temp_directory();
    int source = open(make_file(&directory, "source", pattern, SIZE, 0755), O_RDONLY | O_CLOEXEC);
    struct exeseal_report report;
    int view = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    assert_true(view >= 3 && holds_bytes(view, pattern, SIZE));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_OVERLAY);
    assert_int_equal(report.guarantees, EXESEAL_GUARANTEE_READ_ONLY);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_NONE);
    close(view);
    close(source);
    remove_temp_directory(&directory);
}

/* An unlinked file has no path, so only bind can show it (Linux 6.15). No other strategy is
 * used. */
static void ro_shared_page_of_an_unlinked_file_is_that_or_an_error(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    int view = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    assert_non_null(strstr(report_text(&report), "overlay: locate: EXDEV (the source is unlinked)"));
    if (view >= 0) {
        assert_true(holds_bytes(view, pattern, SIZE));
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_BIND);
        close(view);
    } else {
        assert_int_equal(view, -EXDEV);
    }
    close(source);
}

/* A source that is not a file on a disk has no view, and it is not copied instead. */
static void ro_shared_page_of_what_is_no_file_on_disk_is_refused(void **state) {
    (void)state;
    if (!lets_mount())
        skip_because("no overlay to be had here");
    struct exeseal_report report;
    int memfd = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    assert_int_equal(clone_in_mode(memfd, EXESEAL_MODE_RO_SHARED_PAGE, &report), -EXDEV);
    assert_int_equal(report.attempts, 2);
    assert_non_null(strstr(report_text(&report), "overlay: locate: EXDEV (the source is unlinked)"));
    assert_non_null(strstr(report_text(&report), "bind: locate: EXDEV (the source is unlinked)"));
    close(memfd);
    struct exeseal_clone_options options = {.mode = EXESEAL_MODE_RO_SHARED_PAGE};
    assert_failed_at(exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report), EOPNOTSUPP,
                     &report, EXESEAL_STEP_LOCATE);
    assert_string_equal(last_attempt(&report).where, "the source is not a file");
}

static void sealed_memfd_is_used_again_in_automatic_mode_only(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    struct exeseal_report report;
    int again = clone_in_mode(source, EXESEAL_MODE_AUTOMATIC, &report);
    assert_is_sealed_memfd(again, 0755, pattern, SIZE);
    assert_true(is_same_file(again, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_SEALS);
    assert_int_equal(report.guarantees, (MEMFD_GUARANTEES & ~EXESEAL_GUARANTEE_OWN_PAGES) | EXESEAL_GUARANTEE_STABLE);
    assert_int_equal(report.bytes, SIZE);

    int copy = clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    assert_is_sealed_memfd(copy, 0555, pattern, SIZE);
    assert_false(is_same_file(copy, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.guarantees, MEMFD_GUARANTEES | EXESEAL_GUARANTEE_STABLE);
    close(copy);
    close(again);
    close(source);
}

static void reuse_is_passed_over_for_what_it_cannot_give(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    const struct exeseal_clone_options named = {.name = "runc"}, own = {.require = EXESEAL_GUARANTEE_OWN_PAGES},
                                       both = {.name = "runc", .require = EXESEAL_GUARANTEE_OWN_PAGES};
    const struct exeseal_clone_options *const all[] = {&named, &both, &own};
    for (size_t i = 0; i < COUNT(all); i++) {
        struct exeseal_report report;
        int copy = exeseal_clone(source, all[i], sizeof *all[i], &report, sizeof report);
        assert_is_sealed_memfd(copy, 0555, pattern, SIZE);
        assert_false(is_same_file(copy, source));
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
        if (all[i] == &own) {
            assert_int_equal(report.attempts, 2);
            assert_int_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_REUSE);
            assert_int_equal(report.attempt[0].step, EXESEAL_STEP_REQUIRE);
            assert_int_equal(report.attempt[0].error, EOPNOTSUPP);
            assert_string_equal(report.attempt[0].where, "own-pages");
        } else { /* a name that is dropped leaves no attempt in the report */
            assert_int_equal(report.attempts, 1);
            assert_int_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_MEMFD);
        }
        close(copy);
    }
    close(source);
}

static void memfd_that_is_not_sealed_or_not_executable_is_copied(void **state) {
    (void)state;
    static const struct {
        mode_t mode;
        int seals;
        mode_t copy;
    } sources[] = {{0755, 0, 0555},
                   {0755, PEER_SEALS & ~F_SEAL_WRITE, 0555},
                   {0755, PEER_SEALS & ~F_SEAL_SEAL, 0555},
                   {0644, PEER_SEALS, 0555},
                   {0400, PEER_SEALS, 0500},
                   {0000, PEER_SEALS, 0500}};
    for (size_t i = 0; i < COUNT(sources); i++) {
        int source = make_memfd(pattern, SIZE, sources[i].mode, sources[i].seals);
        struct exeseal_report report;
        int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
        assert_is_sealed_memfd(copy, sources[i].copy, pattern, SIZE);
        assert_false(is_same_file(copy, source));
        assert_int_equal(report.attempts, 1);
        close(copy);
        close(source);
    }
}

static void clone_memfd_of_root_as_ordinary_user(void *argument) {
    int source = *(const int *)argument;
    become_ordinary_user();
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(copy >= 3 && !is_same_file(copy, source));
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_REUSE);
    check_equal(report.attempt[0].step, EXESEAL_STEP_VERIFY);
    check_equal(report.attempt[0].error, EACCES);
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(source, argv, NULL, NULL, 0, NULL, 0), -EACCES); /* control */
    check_equal(exeseal_exec_fd(copy, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void sealed_memfd_that_others_may_execute_is_copied(void **state) {
    (void)state;
    skip_unless_root();
    struct bytes program = read_path(built_program("lib/support/payload"));
    int source = make_memfd(program.data, program.size, 0744, PEER_SEALS);
    assert_child(clone_memfd_of_root_as_ordinary_user, &source);
    struct exeseal_report report;
    int again = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE); /* root may reopen it */
    close(again);
    close(source);
    free(program.data);
}

static void execute_payload(void *argument) {
    char *argv[] = {"payload", "exit", "0", NULL};
    exeseal_exec_fd(*(const int *)argument, argv, NULL, NULL, 0, NULL, 0);
    _exit(1);
}

/* Executing such a memfd ends in SIGSEGV. */
static void sealed_memfd_of_huge_pages_is_copied(void **state) {
    (void)state;
    enum { HUGE_PAGE = 2 << 20 };
    int source = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
    void *pages = MAP_FAILED;
    if (source >= 0 && ftruncate(source, HUGE_PAGE) == 0)
        pages = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, source, 0);
    if (pages == MAP_FAILED) {
        close(source);
        skip_because("there are no free huge pages (vm.nr_hugepages)");
    }
    struct bytes program = read_path(built_program("lib/support/payload"));
    assert_true(program.size <= HUGE_PAGE);
    memcpy(pages, program.data, program.size);
    munmap(pages, HUGE_PAGE);
    assert_int_equal(fchmod(source, 0755), 0);
    assert_int_equal(fcntl(source, F_ADD_SEALS, PEER_SEALS), 0);
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_true(copy >= 3);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.attempts, 1);
    assert_int_equal(report.bytes, HUGE_PAGE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_SEALS);
    assert_false(is_same_file(copy, source));
    assert_int_equal(in_child(execute_payload, &copy), 0);
    close(copy);
    close(source);
    free(program.data);
}

/* A lease ignores the descriptor that memfd_create returned as a writer, so it would be no
 * evidence. */
static void unsealed_memfd_gives_no_stable(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, 0);
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_true(copy >= 3);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
    assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_STABLE, 0);
    close(copy);
    close(source);
}

static bool kernel_has_exec_seal(void) {
    int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    bool has = fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC) == 0;
    close(fd);
    return has;
}

static void x_sealed_adds_the_exec_seal(void **state) {
    (void)state;
    struct exeseal_report report;
    int source = unlinked_file(pattern, SIZE, 0755);
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_X_SEALED, &report);
    close(source);
    if (!kernel_has_exec_seal()) {
        assert_int_equal(fd, -EOPNOTSUPP);
        assert_non_null(strstr(report_text(&report), "Linux 6.3"));
        skip_because("F_SEAL_EXEC needs Linux 6.3; the refusal was looked at");
    }
    assert_true(fd >= 3);
    assert_int_equal(seals_of(fd), 0x3f);
    assert_int_equal(permissions_of(fd), 0555);
    assert_true(holds_bytes(fd, pattern, SIZE));
    assert_true((report.guarantees & EXESEAL_GUARANTEE_X_SEALED) != 0);
    assert_true((report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0);
    assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_PEER_SEALED, 0);
    close(fd);
}

static void x_sealed_and_peer_sealed_exclude_each_other(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    int result = clone_requiring(source, EXESEAL_GUARANTEE_X_SEALED | EXESEAL_GUARANTEE_PEER_SEALED, &report);
    assert_failed_at(result, EOPNOTSUPP, &report, EXESEAL_STEP_REQUIRE);
    assert_non_null(strstr(report_text(&report), "memfd: require: EOPNOTSUPP (peer-sealed)"));
    close(source);
}

static void required_guarantees_are_in_the_result(void **state) {
    (void)state;
    for (uint32_t bit = 0; exeseal_guarantee_name(bit) != NULL; bit++) {
        uint64_t wanted = (uint64_t)1 << bit;
        if (wanted == EXESEAL_GUARANTEE_X_SEALED)
            continue; /* tested above */
        struct exeseal_report report;
        struct exeseal_clone_options options = {.require = wanted};
        int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report);
        assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
        assert_true((report.guarantees & wanted) != 0);
        close(fd);
    }
}

static void stable_is_not_to_be_had_of_a_stream_nor_of_a_file_with_a_writer(void **state) {
    (void)state;
    struct exeseal_report report;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    close(ends[1]);
    assert_int_equal(clone_requiring(ends[0], EXESEAL_GUARANTEE_STABLE, &report), -EOPNOTSUPP);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "none");
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 1); /* the pipe was not read */
    close(ends[0]);

    int source = unlinked_file(pattern, SIZE, 0755);
    int writer = open(proc_path(source), O_WRONLY | O_CLOEXEC);
    assert_int_equal(clone_requiring(source, EXESEAL_GUARANTEE_STABLE, &report), -EOPNOTSUPP);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "times");
    struct exeseal_attempt last = last_attempt(&report);
    assert_attempt(&last, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "stable");
    close(writer);
    close(source);
}

static void own_file_without_a_writer_is_stable_by_lease(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    int probe = open(proc_path(source), O_RDONLY | O_CLOEXEC);
    struct statfs here;
    /* an unlinked file on tmpfs may be a memfd, whose first descriptor a lease ignores:
     * lib/seal/source.cc */
    bool leases = fcntl(probe, F_SETLEASE, F_RDLCK) == 0 && fstatfs(probe, &here) == 0 && here.f_type != TMPFS_MAGIC;
    close(probe);
    if (!leases) {
        close(source);
        skip_because(
            "no leases that count on an unlinked file of the temporary directory: it is a tmpfs, or gives none");
    }
    struct exeseal_report report;
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_STABLE, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
    close(fd);
    close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ro_shared_page_shows_the_file_itself),
        cmocka_unit_test(ro_shared_page_of_an_unlinked_file_is_that_or_an_error),
        cmocka_unit_test(ro_shared_page_of_what_is_no_file_on_disk_is_refused),
        cmocka_unit_test(sealed_memfd_is_used_again_in_automatic_mode_only),
        cmocka_unit_test(reuse_is_passed_over_for_what_it_cannot_give),
        cmocka_unit_test(memfd_that_is_not_sealed_or_not_executable_is_copied),
        cmocka_unit_test(sealed_memfd_that_others_may_execute_is_copied),
        cmocka_unit_test(sealed_memfd_of_huge_pages_is_copied),
        cmocka_unit_test(unsealed_memfd_gives_no_stable),
        cmocka_unit_test(x_sealed_adds_the_exec_seal),
        cmocka_unit_test(x_sealed_and_peer_sealed_exclude_each_other),
        cmocka_unit_test(required_guarantees_are_in_the_result),
        cmocka_unit_test(stable_is_not_to_be_had_of_a_stream_nor_of_a_file_with_a_writer),
        cmocka_unit_test(own_file_without_a_writer_is_stable_by_lease),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
