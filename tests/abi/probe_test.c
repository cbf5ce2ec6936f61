/* SPDX-License-Identifier: MIT */
/* exeseal_probe: reports for each strategy the result that a clone would have, and leaves
 * nothing behind. */
#include "clones.h"

#include "sandbox.h"

static const struct {
    uint32_t strategy;
    uint64_t guarantees;
} promises[] = {
    {EXESEAL_STRATEGY_REUSE, (MEMFD_GUARANTEES & ~EXESEAL_GUARANTEE_OWN_PAGES) | EXESEAL_GUARANTEE_STABLE},
    {EXESEAL_STRATEGY_MEMFD, MEMFD_GUARANTEES | EXESEAL_GUARANTEE_STABLE},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_GUARANTEE_READ_ONLY},
    {EXESEAL_STRATEGY_BIND, EXESEAL_GUARANTEE_READ_ONLY},
    {EXESEAL_STRATEGY_VERITY,
     EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE},
};

static bool has_promise(uint32_t strategy) {
    for (size_t i = 0; i < COUNT(promises); i++)
        if (promises[i].strategy == strategy)
            return true;
    return false;
}

static void every_strategy_has_a_promise(void **state) {
    (void)state;
    assert_every_strategy(has_promise);
}

static bool is_kept(const struct exeseal_report *report) {
    for (size_t i = 0; i < COUNT(promises); i++)
        if (promises[i].strategy == report->strategy)
            return promises[i].guarantees == report->guarantees;
    return false;
}

/* reuse produces nothing, and verity requires a file system that few machines have: see
 * tests/verity. */
static bool has_way(uint32_t strategy) {
    bool is_made = strategy == EXESEAL_STRATEGY_REUSE || strategy == EXESEAL_STRATEGY_VERITY;
    for (size_t i = 0; i < WAYS; i++)
        is_made = is_made || ways[i].strategy == strategy;
    return is_made;
}

static void every_strategy_has_a_way(void **state) {
    (void)state;
    assert_every_strategy(has_way);
}

static void every_strategy_is_probed(void **state) {
    (void)state;
    for (uint32_t id = EXESEAL_STRATEGY_REUSE; exeseal_strategy_name(id) != NULL; id++) {
        struct exeseal_report report;
        int result = exeseal_probe(id, &report, sizeof report);
        assert_int_equal(report.strategy, result == 0 ? id : EXESEAL_STRATEGY_NONE);
        assert_true(result < 0 || is_kept(&report));
    }
}

static void probe_what_works(void *argument) {
    const struct way *way = argument;
    take_way(way);
    int before = open_descriptors();
    struct exeseal_report report;
    check_equal(exeseal_probe(way->strategy, &report, sizeof report), 0);
    check_equal(report.strategy, way->strategy);
    check_equal(report.attempts, 1);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_DONE);
    check(report.bytes > 0);
    check(is_kept(&report));
    check_equal(open_descriptors(), before);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD);
}

static void every_strategy_works_or_is_skipped(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        assert_child(probe_what_works, (void *)&ways[i]);
}

static void reuse_is_probed_with_a_memfd_of_its_own(void **state) {
    (void)state;
    int before = open_descriptors();
    struct exeseal_report report;
    assert_int_equal(exeseal_probe(EXESEAL_STRATEGY_REUSE, &report, sizeof report), 0);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE);
    assert_int_equal(report.attempts, 1);
    assert_true(is_kept(&report));
    assert_int_equal(open_descriptors(), before);
}

static void no_strategy_is_einval(void **state) {
    (void)state;
    uint32_t end = EXESEAL_STRATEGY_REUSE;
    while (exeseal_strategy_name(end) != NULL)
        end++;
    const uint32_t none[] = {EXESEAL_STRATEGY_NONE, end, UINT32_MAX};
    for (size_t i = 0; i < COUNT(none); i++) {
        struct exeseal_report report;
        assert_failed_at(exeseal_probe(none[i], &report, sizeof report), EINVAL, &report, EXESEAL_STEP_ARGUMENT);
        assert_string_equal(last_attempt(&report).where, "strategy");
        assert_int_equal(exeseal_probe(none[i], NULL, 0), -EINVAL);
    }
}

static void report_is_checked_first_and_errno_left_alone(void **state) {
    (void)state;
    struct exeseal_report report;
    assert_int_equal(exeseal_probe(EXESEAL_STRATEGY_MEMFD, &report, sizeof report - 1), -EINVAL);
    assert_int_equal(exeseal_probe(EXESEAL_STRATEGY_MEMFD, NULL, sizeof report), -EINVAL);
    errno = 4321;
    assert_int_equal(exeseal_probe(EXESEAL_STRATEGY_MEMFD, NULL, 0), 0);
    assert_int_equal(exeseal_probe(EXESEAL_STRATEGY_NONE, NULL, 0), -EINVAL);
    assert_int_equal(errno, 4321);
}

struct refusal {
    uint32_t strategy;
    long number;
    uint32_t step;
};

/* ENOSYS for a system call that the strategy requires. */
static void probe_what_is_refused(void *argument) {
    const struct refusal *refusal = argument;
    refuse_system_call(refusal->number, ENOSYS);
    int before = open_descriptors();
    struct exeseal_report report;
    check_equal(exeseal_probe(refusal->strategy, &report, sizeof report), -ENOSYS);
    check_equal(report.strategy, EXESEAL_STRATEGY_NONE);
    check_equal(report.guarantees, 0);
    check_equal(last_attempt(&report).step, refusal->step);
    check_equal(last_attempt(&report).error, ENOSYS);
    check_equal(open_descriptors(), before);
}

static void what_is_refused_is_named_and_nothing_else_tried(void **state) {
    (void)state;
    static const struct refusal refusals[] = {
        {EXESEAL_STRATEGY_MEMFD, SYS_memfd_create, EXESEAL_STEP_CREATE},
        {EXESEAL_STRATEGY_REUSE, SYS_memfd_create, EXESEAL_STEP_CREATE},
        {EXESEAL_STRATEGY_TMPFS, SYS_fsopen, EXESEAL_STEP_MOUNT},
        {EXESEAL_STRATEGY_OVERLAY, SYS_fsopen, EXESEAL_STEP_MOUNT},
        {EXESEAL_STRATEGY_BIND, 428 /* open_tree */, EXESEAL_STEP_MOUNT},
    };
    for (size_t i = 0; i < COUNT(refusals); i++)
        assert_child(probe_what_is_refused, (void *)&refusals[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_has_a_promise),
        cmocka_unit_test(every_strategy_has_a_way),
        cmocka_unit_test(every_strategy_is_probed),
        cmocka_unit_test(every_strategy_works_or_is_skipped),
        cmocka_unit_test(reuse_is_probed_with_a_memfd_of_its_own),
        cmocka_unit_test(no_strategy_is_einval),
        cmocka_unit_test(report_is_checked_first_and_errno_left_alone),
        cmocka_unit_test(what_is_refused_is_named_and_nothing_else_tried),
    };
    return run_all(tests);
}
