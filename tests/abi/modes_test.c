/* SPDX-License-Identifier: MIT */
/* Lists of modes: which strategies they name, what is shared, and which lists are rejected. */
#include "clones.h"

enum { SIZE = 100 * 1000 };

static unsigned char *pattern;

static const struct exeseal_clone_options PREFER_VIEW = {.mode = EXESEAL_MODE_RO_SHARED_PAGE,
                                                         .fallback = {EXESEAL_MODE_INDEPENDENT_DATA_COPY}};
static const struct exeseal_clone_options PREFER_COPY = {.mode = EXESEAL_MODE_INDEPENDENT_DATA_COPY,
                                                         .fallback = {EXESEAL_MODE_RO_SHARED_PAGE}};

/* Memory has no view, so the second mode is used, and the report has the attempts of both. */
static void second_mode_takes_over(void **state) {
    (void)state;
    struct exeseal_report report;
    int fd = exeseal_clone_memory(pattern, SIZE, &PREFER_VIEW, sizeof PREFER_VIEW, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.attempts, 3);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EOPNOTSUPP,
                   "the source is not a file");
    assert_attempt(&report.attempt[1], EXESEAL_STRATEGY_BIND, EXESEAL_STEP_LOCATE, EOPNOTSUPP,
                   "the source is not a file");
    assert_attempt(&report.attempt[2], EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_DONE, 0, "");
    close(fd);

    const struct exeseal_clone_options view_alone = {.mode = EXESEAL_MODE_RO_SHARED_PAGE};
    assert_int_equal(exeseal_clone_memory(pattern, SIZE, &view_alone, sizeof view_alone, NULL, 0), -EOPNOTSUPP);
}

static void first_mode_that_works_is_taken(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &PREFER_COPY, sizeof PREFER_COPY, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.attempts, 1);
    close(fd);
    close(source);
}

/* With a list, a sealed source is shared. With a single mode it is not. */
static void sealed_source_is_shared_by_a_list_alone(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    const struct exeseal_clone_options *const lists[] = {&PREFER_VIEW, &PREFER_COPY};
    struct exeseal_report report;
    for (size_t i = 0; i < COUNT(lists); i++) {
        int fd = exeseal_clone(source, lists[i], sizeof *lists[i], &report, sizeof report);
        assert_true(fd >= 3 && is_same_file(fd, source));
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE);
        close(fd);
    }
    int fd = clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    assert_true(fd >= 3 && !is_same_file(fd, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    close(fd);
    close(source);
}

/* A failure that is not a missing feature stops the first mode, and the second is not tried. */
static void limit_stops_the_list(void **state) {
    (void)state;
    struct exeseal_clone_options options = PREFER_COPY;
    options.max_bytes = SIZE - 1;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    assert_failed_at(exeseal_clone(source, &options, sizeof options, &report, sizeof report), EFBIG, &report,
                     EXESEAL_STEP_LIMIT);
    assert_int_equal(report.attempts, 1);
    close(source);
}

static void lists_that_make_no_sense_are_einval(void **state) {
    (void)state;
    static const uint32_t lists[][1 + EXESEAL_CLONE_FALLBACKS] = {
        /* nothing is left to fall back to */
        {EXESEAL_MODE_AUTOMATIC, EXESEAL_MODE_RO_SHARED_PAGE},
        {EXESEAL_MODE_RO_SHARED_PAGE, EXESEAL_MODE_RO_SHARED_PAGE}, /* named twice */
        {EXESEAL_MODE_RO_SHARED_PAGE, 3},                           /* unknown */
        /* unknown, and too large to shift */
        {EXESEAL_MODE_RO_SHARED_PAGE, UINT32_MAX},
        /* after the end of the list */
        {EXESEAL_MODE_RO_SHARED_PAGE, 0, EXESEAL_MODE_INDEPENDENT_DATA_COPY},
        /* named twice, after the end of the list */
        {EXESEAL_MODE_RO_SHARED_PAGE, EXESEAL_MODE_INDEPENDENT_DATA_COPY, 0, 0, 1},
    };
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct exeseal_clone_options options = {.mode = lists[i][0]};
        memcpy(options.fallback, lists[i] + 1, sizeof options.fallback);
        struct exeseal_report report;
        int before = open_descriptors();
        assert_failed_at(exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report), EINVAL,
                         &report, EXESEAL_STEP_ARGUMENT);
        assert_string_equal(last_attempt(&report).where, "fallback");
        assert_int_equal(open_descriptors(), before);
    }
}

int main(void) {
    pattern = make_pattern(SIZE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_mode_takes_over),
        cmocka_unit_test(first_mode_that_works_is_taken),
        cmocka_unit_test(sealed_source_is_shared_by_a_list_alone),
        cmocka_unit_test(limit_stops_the_list),
        cmocka_unit_test(lists_that_make_no_sense_are_einval),
    };
    return run_all(tests);
}
