/* SPDX-License-Identifier: MIT */
/* Where no user namespace is to be had, or no rights in it, the report says what forbids it, and the next strategy is
 * taken. */
#include "clones.h"

#include "sandbox.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { SIZE = 100000 };

static unsigned char *pattern;

static void check_falls_back(int error, const char *line) {
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_FAST};
    int before = open_descriptors();
    struct exeseal_report report;
    int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report);
    check(fd >= 3 && holds_bytes(fd, pattern, SIZE));
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(report.attempt[0].step, EXESEAL_STEP_NAMESPACE);
    check_equal(report.attempt[0].error, error);
    if (strstr(report_text(&report), line) == NULL)
        dprintf(STDERR_FILENO, "%s", report_text(&report));
    check(strstr(report_text(&report), line) != NULL);
    check_equal(open_descriptors(), before + 1);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD);
}

/* Control: user namespaces are to be had here. */
static void clone_by_the_helper(void *unused) {
    (void)unused;
    struct exeseal_clone_options options = take_way(&(struct way){EXESEAL_STRATEGY_TMPFS, true});
    struct exeseal_report report;
    check(exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report) >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFS);
}

static void set_max_user_namespaces_to_0(void *unused) {
    (void)unused;
    become_ordinary_user();
    become_root_of_user_namespace(); /* whose own limit it is */
    int knob = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
    if (knob < 0)
        child_skip("/proc/sys is read-only");
    check(write(knob, "0", 1) == 1);
    close(knob);
    check_falls_back(ENOSPC, "tmpfs: namespace: ENOSPC (user.max_user_namespaces): ");
}

static void enter_chroot(void *unused) {
    (void)unused;
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    check(mkdir("/mnt/root", 0755) == 0 && mkdir("/mnt/root/proc", 0755) == 0);
    check(mount("/proc", "/mnt/root/proc", NULL, MS_BIND | MS_REC, NULL) == 0);
    check(chroot("/mnt/root") == 0 && chdir("/") == 0);
    become_ordinary_user();
    check_falls_back(EPERM, "tmpfs: namespace: EPERM (chroot): ");
}

static void filter_clone(void *unused) {
    (void)unused;
    become_ordinary_user();
    refuse_system_call(SYS_clone, EPERM);
    check_falls_back(EPERM, "tmpfs: namespace: EPERM (seccomp): ");
}

/* As a sandbox does that lets the namespace be made. */
static void filter_mounts(void *unused) {
    (void)unused;
    become_ordinary_user();
    refuse_system_call(SYS_fsopen, EPERM);
    check_falls_back(EPERM, "tmpfs: namespace: EPERM (seccomp): ");
}

static void nest_namespaces(void *unused) {
    (void)unused;
    become_ordinary_user();
    while (enter_user_namespace())
        continue;
    check_falls_back(ENOSPC, "tmpfs: namespace: ENOSPC (user namespace): ");
}

static void limit_processes(void *unused) {
    (void)unused;
    become_ordinary_user();
    check(setrlimit(RLIMIT_NPROC, &(struct rlimit){1, 1}) == 0);
    check_falls_back(EAGAIN, "tmpfs: namespace: EAGAIN (number of processes): ");
}

/* The maps of one that is not belong to root. */
static void be_not_dumpable(void *unused) {
    (void)unused;
    become_ordinary_user();
    check(prctl(PR_SET_DUMPABLE, 0) == 0);
    check_falls_back(EACCES, "tmpfs: namespace: EACCES (thread-self/setgroups): ");
}

/* As AppArmor does, which leaves no rights in the namespace: it is the obstacle that is named, not the maps. */
static void refuse_maps(void *unused) {
    (void)unused;
    become_ordinary_user();
    check(prctl(PR_SET_DUMPABLE, 1) == 0);
    refuse_system_call(SYS_write, EACCES);
    check_falls_back(EPERM, "tmpfs: namespace: EPERM (seccomp): ");
}

/* A filter that is there as well is not what runs out. */
static void nest_namespaces_behind_filter(void *unused) {
    refuse_system_call(SYS_acct, EPERM);
    nest_namespaces(unused);
}

static void set_max_mnt_namespaces_to_0(void *unused) {
    (void)unused;
    become_ordinary_user();
    become_root_of_user_namespace();
    int fd = open("/proc/sys/user/max_mnt_namespaces", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        child_skip("no limit of mount namespaces can be set here");
    close(fd);
    check_falls_back(ENOSPC, "tmpfs: namespace: ENOSPC (user.max_mnt_namespaces): ");
}

static void control_helper_works(void **state) {
    (void)state;
    assert_child(clone_by_the_helper, NULL);
}

static void limit_of_namespaces_is_named(void **state) {
    (void)state;
    assert_child(set_max_user_namespaces_to_0, NULL);
    assert_child(set_max_mnt_namespaces_to_0, NULL);
}

static void chroot_is_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(enter_chroot, NULL);
}

static void filter_is_named(void **state) {
    (void)state;
    assert_child(filter_clone, NULL);
    assert_child(filter_mounts, NULL);
}

static void deep_nesting_is_passed_over(void **state) {
    (void)state;
    assert_child(nest_namespaces, NULL);
    assert_child(nest_namespaces_behind_filter, NULL);
}

static void limit_of_processes_is_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(limit_processes, NULL);
}

static void maps_of_one_that_is_not_dumpable_are_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(be_not_dumpable, NULL);
}

static void refused_maps_name_the_obstacle(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(refuse_maps, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_helper_works),
        cmocka_unit_test(limit_of_namespaces_is_named),
        cmocka_unit_test(chroot_is_named),
        cmocka_unit_test(filter_is_named),
        cmocka_unit_test(deep_nesting_is_passed_over),
        cmocka_unit_test(limit_of_processes_is_named),
        cmocka_unit_test(maps_of_one_that_is_not_dumpable_are_named),
        cmocka_unit_test(refused_maps_name_the_obstacle),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
