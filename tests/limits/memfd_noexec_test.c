/* SPDX-License-Identifier: MIT */
/* vm.memfd_noexec in a PID namespace of its own: 0 and 1 change nothing; 2 is a policy, and the
 * report says so. */
#include "support.h"

#include "sandbox.h"

#include <sys/mman.h>

static void run_from(int fd) {
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void memfd_is_made_and_runs(void *unused) {
    (void)unused;
    int source = open_payload();
    struct exeseal_report report;
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_PEER_SEALED, &report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(seals_of(fd), PEER_SEALS);
    check_equal(permissions_of(fd), 0555);
    run_from(fd);
}

static void x_sealed_memfd_is_made_and_runs(void *unused) {
    (void)unused;
    int source = open_payload();
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_X_SEALED, NULL);
    check(fd >= 3);
    run_from(fd);
}

static void take_over(uint32_t strategy) {
    int source = open_payload();
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.strategy, strategy);
    check_equal(report.guarantees & EXESEAL_GUARANTEE_SEALED, 0);
    const char *text = report_text(&report);
    check(strstr(text, "memfd: create: EACCES (vm.memfd_noexec): ") != NULL);
    check(strstr(text, "vm.memfd_noexec=2") != NULL);
    run_from(fd);
}

static void tmpfs_takes_over(void *unused) {
    (void)unused;
    skip_unless_mountable("tmpfs");
    take_over(EXESEAL_STRATEGY_TMPFS);
}

static void tmpfile_takes_over(void *unused) {
    (void)unused;
    refuse_system_call(SYS_fsopen, ENOSYS);
    take_over(EXESEAL_STRATEGY_TMPFILE);
}

static void sealed_cannot_be_had(void *unused) {
    (void)unused;
    int source = open_payload(), before = open_descriptors();
    struct exeseal_report report;
    check_equal(clone_requiring(source, EXESEAL_GUARANTEE_SEALED, &report), -EACCES);
    check(strstr(report_text(&report), "memfd: create: EACCES (vm.memfd_noexec): ") != NULL);
    check(strstr(report_text(&report), "tmpfs: require: EOPNOTSUPP (sealed)") != NULL);
    check(strstr(report_text(&report), "tmpfile: require: EOPNOTSUPP (sealed)") != NULL);
    check_equal(open_descriptors(), before);
}

/* Control: the plain flags give a memfd that cannot be executed. */
static void plain_memfd_cannot_be_executed(void *unused) {
    (void)unused;
    int fd = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    check(fd >= 0);
    check_equal(permissions_of(fd) & 0111, 0);
    check(fchmod(fd, 0555) < 0);
}

static void assert_under(const char *name, const char *value, child_function then) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
    struct memfd_policy policy = {value, then, NULL};
    assert_child_named(name, __FILE__, __LINE__, under_memfd_policy, &policy);
}

static void memfd_noexec_0_changes_nothing(void **state) {
    (void)state;
    assert_under(__func__, "0", memfd_is_made_and_runs);
}

static void memfd_noexec_1_changes_nothing(void **state) {
    (void)state;
    assert_under(__func__, "1", memfd_is_made_and_runs);
}

static void memfd_noexec_1_lets_x_sealed_be(void **state) {
    (void)state;
    assert_under(__func__, "1", x_sealed_memfd_is_made_and_runs);
}

static void control_memfd_noexec_1_stops_the_plain_way(void **state) {
    (void)state;
    assert_under(__func__, "1", plain_memfd_cannot_be_executed);
}

static void memfd_noexec_2_is_named_and_tmpfs_or_tmpfile_takes_over(void **state) {
    (void)state;
    assert_under(__func__, "2", tmpfs_takes_over);
    assert_under(__func__, "2", tmpfile_takes_over);
}

static void memfd_noexec_2_makes_required_sealed_eacces(void **state) {
    (void)state;
    assert_under(__func__, "2", sealed_cannot_be_had);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_noexec_0_changes_nothing),
        cmocka_unit_test(memfd_noexec_1_changes_nothing),
        cmocka_unit_test(memfd_noexec_1_lets_x_sealed_be),
        cmocka_unit_test(control_memfd_noexec_1_stops_the_plain_way),
        cmocka_unit_test(memfd_noexec_2_is_named_and_tmpfs_or_tmpfile_takes_over),
        cmocka_unit_test(memfd_noexec_2_makes_required_sealed_eacces),
    };
    return run_all(tests);
}
