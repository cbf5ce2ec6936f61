/* SPDX-License-Identifier: MIT */
/* Where ordinary users get no user namespace, the report names what keeps them from it, and another way is gone. */
#include "views.h"

#include "sandbox.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

static const uint32_t MOUNTING[] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_TMPFS};

struct obstacle {
    void (*raise)(void); /* as root, or as what user the test runs as */
    int error;
    const char *where;
};

/* What it says of each strategy that mounts, and that memfd and tmpfile take over in the automatic mode. */
static void check_obstacle(const struct viewer *viewer, int source, const struct obstacle *obstacle) {
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_FAST};
    bool is_copy = viewer->strategy == EXESEAL_STRATEGY_TMPFS;
    options.mode = is_copy ? EXESEAL_MODE_INDEPENDENT_DATA_COPY : EXESEAL_MODE_RO_SHARED_PAGE;
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check_says(&report, viewer->strategy, EXESEAL_STEP_NAMESPACE, obstacle->error, obstacle->where);
    if (is_copy) {
        check(fd >= 3);
        check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
        close(fd);
    } else {
        check_equal(fd, -obstacle->error);
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_NAMESPACE, obstacle->error, obstacle->where);
        check_says(&report, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_NAMESPACE, obstacle->error, obstacle->where);
    }
    check(strstr(report_text(&report), "namespace") != NULL);
    options.mode = EXESEAL_MODE_AUTOMATIC;
    fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    close(fd);
}

static void clone_behind(const struct viewer *viewer, void *argument) {
    const struct obstacle *obstacle = argument;
    if (!viewer->ordinary_user)
        return;
    int source = open_payload(), descriptors;
    obstacle->raise();
    if (geteuid() == 0)
        become_ordinary_user();
    descriptors = open_descriptors();
    check_obstacle(viewer, source, obstacle);
    check_equal(open_descriptors(), descriptors);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
}

#define assert_obstacle(raise, error, where)                                                                           \
    assert_viewers(MOUNTING, clone_behind, &((struct obstacle){raise, error, where}))

/* --- user.max_user_namespaces: one for each user namespace --- */

static void forbid_namespaces(void) {
    limit_user_namespaces(0);
}

static void limit_of_user_namespaces_is_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_obstacle(forbid_namespaces, ENOSPC, "user.max_user_namespaces");
}

/* Used up: one is allowed, and this child's child has it. */
static void use_up_namespaces(void) {
    limit_user_namespaces(1);
    int ready[2];
    char byte;
    check(pipe2(ready, O_CLOEXEC) == 0);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid();
        become_ordinary_user();
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        check(unshare(CLONE_NEWUSER) == 0 && write(ready[1], "x", 1) == 1);
        pause();
    }
    check(read(ready[0], &byte, 1) == 1);
}

static void clone_with_none_left(void *unused) {
    (void)unused;
    int source = open_payload();
    use_up_namespaces();
    become_ordinary_user();
    struct exeseal_report report;
    check_equal(view_of(source, &report), -ENOSPC);
    check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_NAMESPACE, ENOSPC, NULL);
    check(strstr(report_text(&report), "used up") != NULL);
}

static void used_up_namespaces_are_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_with_none_left, NULL);
}

/* --- chroot(2) --- */

static void change_root(void) {
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    check(mkdir("/mnt/root", 0755) == 0 && mkdir("/mnt/root/proc", 0755) == 0);
    check(mount("/proc", "/mnt/root/proc", NULL, MS_BIND | MS_REC, NULL) == 0);
    check(chroot("/mnt/root") == 0 && chdir("/") == 0);
}

static void chroot_is_named(void **state) {
    (void)state;
    skip_unless_root();
    static const uint32_t tmpfs[] = {EXESEAL_STRATEGY_TMPFS}; /* views find no source in there */
    assert_viewers(tmpfs, clone_behind, &((struct obstacle){change_root, EPERM, "chroot"}));
}

static void view_in_chroot(const struct viewer *viewer, void *unused) {
    (void)unused;
    change_root();
    int source = open("/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    check(source >= 0 && write(source, "#!/program", 10) == 10);
    source = open("/program", O_RDONLY | O_CLOEXEC);
    become_ordinary_user();
    refuse_others(viewer->strategy);
    struct exeseal_report report;
    check_equal(view_of(source, &report), -EPERM);
    check_says(&report, viewer->strategy, EXESEAL_STEP_NAMESPACE, EPERM, "chroot");
}

static void chroot_is_named_for_views(void **state) {
    (void)state;
    skip_unless_root();
    static const uint32_t overlay[] = {EXESEAL_STRATEGY_OVERLAY};
    assert_viewers(overlay, view_in_chroot, NULL);
}

/* --- seccomp --- */

static void refuse_clone(void) {
    refuse_system_call(SYS_clone, EPERM);
}

static void filter_of_clone_is_named(void **state) {
    (void)state;
    assert_obstacle(refuse_clone, EPERM, "seccomp");
}

/* As Docker's profile does. */
static void refuse_mounting(void) {
    static const long calls[] = {428 /* open_tree */, 430 /* fsopen */, 442 /* mount_setattr */};
    for (size_t i = 0; i < COUNT(calls); i++)
        refuse_system_call(calls[i], EPERM);
}

static void filter_of_mounting_is_named(void **state) {
    (void)state;
    assert_obstacle(refuse_mounting, EPERM, "seccomp");
}

/* A sandbox that answers for the kernel, as browsers have: its handler is asked, and the program is not killed. */
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

static void trap(long number) {
    struct sigaction action = {.sa_sigaction = answer_eperm, .sa_flags = SA_SIGINFO};
    check(sigaction(SIGSYS, &action, NULL) == 0);
    trap_system_call(number);
}

static void trap_clone(void) {
    trap(SYS_clone);
}

static void trap_in_caller_is_answered(void **state) {
    (void)state;
    assert_obstacle(trap_clone, EPERM, "seccomp");
}

static void trap_fsmount(void) {
    trap(432 /* fsmount */);
}

static void trap_in_helper_is_answered(void **state) {
    (void)state;
    static const uint32_t those[] = {EXESEAL_STRATEGY_TMPFS};
    assert_viewers(those, clone_behind, &((struct obstacle){trap_fsmount, EPERM, "seccomp"}));
}
#else
static void trap_in_caller_is_answered(void **state) {
    (void)state;
    skip_test(__func__, "the answer's register is not known here");
}
#define trap_in_helper_is_answered trap_in_caller_is_answered
#endif

/* These are not what a helper takes. */
static void clone_without_clone3_and_unshare(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    refuse_system_call(435 /* clone3 */, EPERM);
    refuse_system_call(SYS_unshare, EPERM);
    struct exeseal_report report;
    check(clone_by(viewer->strategy, open_payload(), &report) >= 3);
    check_equal(report.strategy, viewer->strategy);
}

static void filters_of_clone3_and_unshare_do_no_harm(void **state) {
    (void)state;
    assert_viewers(MOUNTING, clone_without_clone3_and_unshare, NULL);
}

/* --- knobs of some distributions --- */

static void raise_nothing(void) {}

static void assert_knob(const char *name, const char *path, char forbidding, const char *where) {
    const char *text = text_of(path);
    if (text[0] == '\0')
        skip_test(name, "this kernel does not have the knob");
    if (text[0] != forbidding)
        skip_test(name, "the knob allows user namespaces here, and it is the whole machine's");
    assert_viewers_named(name, __FILE__, __LINE__, MOUNTING, COUNT(MOUNTING), clone_behind,
                         &((struct obstacle){raise_nothing, EPERM, where}));
}

static void unprivileged_userns_clone_is_named(void **state) {
    (void)state;
    assert_knob(__func__, "/proc/sys/kernel/unprivileged_userns_clone", '0', "kernel.unprivileged_userns_clone");
}

static void apparmor_restriction_is_named(void **state) {
    (void)state;
    assert_knob(__func__, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
                "kernel.apparmor_restrict_unprivileged_userns");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_of_user_namespaces_is_named),
        cmocka_unit_test(used_up_namespaces_are_named),
        cmocka_unit_test(chroot_is_named),
        cmocka_unit_test(chroot_is_named_for_views),
        cmocka_unit_test(filter_of_clone_is_named),
        cmocka_unit_test(filter_of_mounting_is_named),
        cmocka_unit_test(trap_in_caller_is_answered),
        cmocka_unit_test(trap_in_helper_is_answered),
        cmocka_unit_test(filters_of_clone3_and_unshare_do_no_harm),
        cmocka_unit_test(unprivileged_userns_clone_is_named),
        cmocka_unit_test(apparmor_restriction_is_named),
    };
    return run_all(tests);
}
