/* SPDX-License-Identifier: MIT */
/* Callers that may not mount: the report says so and gives advice, and the automatic mode uses
 * another strategy. */
#include "views.h"

#include "sandbox.h"

#include <sched.h>
#include <signal.h>
#include <ucontext.h>

/* Some libcs lack these. They are the same on every architecture. */
enum { OPEN_TREE = 428, FSOPEN = 430, FSMOUNT = 432, MOUNT_SETATTR = 442 };

static const uint32_t MOUNTING[] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_TMPFS};

static int clone_with(uint32_t mode, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.mode = mode};
    int source = open_payload(), fd = exeseal_clone(source, &options, sizeof options, report, sizeof *report);
    close(source);
    return fd;
}

static void check_advice(const struct exeseal_report *report) {
    check(strstr(report_text(report), "requires CAP_SYS_ADMIN over this mount namespace") != NULL);
    check(strstr(report_text(report), "seccomp filter") != NULL);
    check(strstr(report_text(report), "independent-data-copy") != NULL);
}

/* Each strategy that mounts reports this, and a memfd is made if the mode allows it. */
static void check_may_not_mount(void) {
    int descriptors = open_descriptors();
    struct exeseal_report report;
    check_equal(clone_with(EXESEAL_MODE_RO_SHARED_PAGE, &report), -EPERM);
    check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, EPERM, "");
    check_says(&report, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_MOUNT, EPERM, "");
    check_equal(report.attempts, 2);
    check_advice(&report);
    for (size_t i = 0; i < COUNT(MOUNTING); i++) {
        check_equal(exeseal_probe(MOUNTING[i], &report, sizeof report), -EPERM);
        check_says(&report, MOUNTING[i], EXESEAL_STEP_MOUNT, EPERM, "");
        check_advice(&report);
    }
    int fd = clone_with(EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check(fd >= 3);
    close(fd);
    check_equal(open_descriptors(), descriptors);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
}

static void try_as_ordinary_user(void *unused) {
    (void)unused;
    become_ordinary_user();
    check_may_not_mount();
}

static void ordinary_user_may_not_mount(void **state) {
    (void)state;
    assert_child(try_as_ordinary_user, NULL);
}

/* The process has all capabilities, but the user namespace that it has left owns its mount
 * namespace. */
static void try_without_own_mounts(void *unused) {
    (void)unused;
    become_ordinary_user();
    become_root_of_user_namespace();
    check_may_not_mount();
}

static void user_namespace_without_its_own_mounts_is_not_enough(void **state) {
    (void)state;
    assert_child(try_without_own_mounts, NULL);
}

/* Control: with a mount namespace of its own it may mount. The sources are a file opened outside
 * and one opened inside. */
static void mount_as_rootless_engine(const struct viewer *viewer, void *argument) {
    const bool *is_from_outside = argument;
    int source = open_payload();
    become(viewer);
    if (!*is_from_outside) {
        close(source);
        source = open_payload();
    }
    struct exeseal_report report;
    int fd = clone_by(viewer->strategy, source, &report);
    check(fd >= 3);
    check_equal(report.strategy, viewer->strategy);
    check_runs(fd);
}

static void rootless_engine_mounts_in_its_own_namespaces(void **state) {
    (void)state;
    static bool is_from_outside[] = {false, true};
    for (size_t i = 0; i < COUNT(is_from_outside); i++)
        assert_viewers(MOUNTING, mount_as_rootless_engine, &is_from_outside[i]);
}

/* --- seccomp for a caller with the capability, as in Docker's profile --- */

static void try_behind_filter(void *unused) {
    (void)unused;
    static const long calls[] = {OPEN_TREE, FSOPEN, MOUNT_SETATTR};
    for (size_t i = 0; i < COUNT(calls); i++)
        refuse_system_call(calls[i], EPERM);
    check_may_not_mount();
}

static void filter_is_named(void **state) {
    (void)state;
    assert_child(try_behind_filter, NULL);
}

/* A sandbox that answers for the kernel, as browsers do: its handler runs and the program is not
 * killed. */
#if defined(__x86_64__)
#define ANSWER(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ANSWER(context) ((context)->uc_mcontext.regs[0])
#endif

#ifdef ANSWER
static void answer_eperm(int signal, siginfo_t *information, void *context) {
    (void)signal;
    (void)information;
    ANSWER((ucontext_t *)context) = (__typeof__(ANSWER((ucontext_t *)context)))-EPERM;
}

static void try_behind_trap(void *argument) {
    const long *number = argument;
    struct exeseal_clone_options options = take_way(&(struct way){EXESEAL_STRATEGY_TMPFS, false});
    struct sigaction action = {.sa_sigaction = answer_eperm, .sa_flags = SA_SIGINFO};
    check(sigaction(SIGSYS, &action, NULL) == 0);
    trap_system_call(*number);
    struct exeseal_report report;
    check(exeseal_clone_memory("x", 1, &options, sizeof options, &report, sizeof report) >= 3);
    check_says(&report, EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_MOUNT, EPERM, "");
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
}

static void trap_is_answered(void **state) {
    (void)state;
    static long numbers[] = {FSOPEN, FSMOUNT};
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_child(try_behind_trap, &numbers[i]);
}
#else
static void trap_is_answered(void **state) {
    (void)state;
    skip_test(__func__, "the answer's register is not known here");
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_user_may_not_mount),
        cmocka_unit_test(user_namespace_without_its_own_mounts_is_not_enough),
        cmocka_unit_test(rootless_engine_mounts_in_its_own_namespaces),
        cmocka_unit_test(filter_is_named),
        cmocka_unit_test(trap_is_answered),
    };
    return run_all(tests);
}
