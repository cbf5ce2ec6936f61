/* SPDX-License-Identifier: MIT */
/* /proc is covered by another mount, for root and for an ordinary user. */
#include "clones.h"

#include "sandbox.h"

#include <sys/mount.h>

/* Without /proc/self/fd the descriptors cannot be counted. */
static int count_by_fcntl(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

enum covering { TMPFS, FAKE, PARTLY, COVERINGS };

struct situation {
    enum covering covering;
    bool ordinary_user;
};

/* Mounts a real /proc whose descriptor directories have another program at every number. */
static void cover_descriptors(void) {
    static const char *const directories[] = {"/proc/thread-self/fd", "/proc/self/fd"};
    for (size_t i = 0; i < COUNT(directories); i++) {
        cover_with_tmpfs(directories[i], 0);
        for (int fd = 3; fd < 64; fd++) {
            char path[64];
            snprintf(path, sizeof path, "%s/%d", directories[i], fd);
            check(symlink("/bin/false", path) == 0);
        }
    }
}

static void cover_proc(const struct situation *situation) {
    use_private_mounts();
    if (situation->covering == PARTLY) {
        cover_descriptors();
        if (situation->ordinary_user)
            become_ordinary_user();
        return;
    }
    cover_with_tmpfs("/proc", 0);
    if (situation->covering == FAKE) {
        /* Mounts another program at every number that a clone may use. */
        check(mkdir("/proc/self", 0755) == 0 && mkdir("/proc/self/fd", 0755) == 0);
        check(mkdir("/proc/thread-self", 0755) == 0 && mkdir("/proc/thread-self/fd", 0755) == 0);
        check(symlink("/bin/false", "/proc/self/exe") == 0);
        for (int fd = 3; fd < 64; fd++) {
            char path[64];
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            check(symlink("/bin/false", path) == 0);
            snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
            check(symlink("/bin/false", path) == 0);
        }
    }
    if (situation->ordinary_user)
        become_ordinary_user();
}

static void clone_descriptor(void *argument) {
    const struct situation *situation = argument;
    int source = open_payload();
    struct bytes wanted = read_all(source);
    cover_proc(situation);
    int before = count_by_fcntl();
    struct exeseal_report report;
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_SEALED, &report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(seals_of(fd), PEER_SEALS);
    check(is_close_on_exec(fd));
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_equal(count_by_fcntl(), before + 1);
    if (access_mode(fd) == O_RDONLY) {
        /* through a detached procfs, which requires CAP_SYS_ADMIN */
        check(!situation->ordinary_user);
    } else {
        check_equal(access_mode(fd), O_RDWR); /* and the report says so */
        check(strstr(report_text(&report), "memfd: reopen: ENOENT (/proc): ") != NULL);
        check(write(fd, "x", 1) < 0);
        check_equal(errno, EPERM);
    }
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void clone_self(void *argument) {
    const struct situation *situation = argument;
    struct bytes wanted = read_path("/proc/self/exe");
    cover_proc(situation);
    int before = count_by_fcntl();
    struct exeseal_report report;
    int fd = exeseal_clone_self(NULL, 0, &report, sizeof report);
    if (situation->covering == PARTLY) {
        check(fd >= 3); /* self/exe exists; only the memfd cannot be opened again */
        check_equal(seals_of(fd), PEER_SEALS);
        check(holds_bytes(fd, wanted.data, wanted.size));
        return;
    }
    if (situation->ordinary_user) {
        check_equal(fd, -ENOENT);
        check_equal(last_attempt(&report).step, EXESEAL_STEP_SOURCE);
        check(strstr(report_text(&report), "source: ENOENT (/proc/self/exe): ") != NULL);
        check_equal(count_by_fcntl(), before);
        return;
    }
    if (fd == -ENOENT)
        child_skip("no detached procfs to be had (Linux 5.2)");
    check(fd >= 3);
    check_equal(seals_of(fd), PEER_SEALS);
    check_equal(access_mode(fd), O_RDONLY);
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_equal(count_by_fcntl(), before + 1);
}

/* Neither a memfd nor a tmpfs is possible, since neither can be opened read-only. The clone's
 * own procfs also requires fsopen(2). */
static void clone_to_tmpfile(void *argument) {
    const struct situation *situation = argument;
    enum { RECONFIGURE = 7 };
    int source = open_payload();
    cover_proc(situation);
    refuse_system_call(SYS_memfd_create, EPERM);
    refuse_system_call_with(SYS_fsconfig, 1, RECONFIGURE, EPERM);
    struct exeseal_report report;
    int fd = clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    if (situation->ordinary_user) {
        check_equal(fd, -EPERM);
        check(strstr(report_text(&report), "tmpfile: reopen: ENOENT (/tmp): ") != NULL ||
              strstr(report_text(&report), "tmpfile: reopen: ENOENT (/proc): ") != NULL);
        return;
    }
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    check_equal(access_mode(fd), O_RDONLY);
}

/* This strategy requires no /proc, but the right to mount. */
static void clone_to_tmpfs(void *argument) {
    const struct situation *situation = argument;
    int source = open_payload();
    struct bytes wanted = read_all(source);
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_TMPFS);
    cover_proc(situation);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check_equal(strstr(report_text(&report), "tmpfs: mount: EPERM: ") != NULL, situation->ordinary_user);
    if (situation->ordinary_user) {
        check_equal(fd, -EPERM);
        return;
    }
    check(fd >= 3 && holds_bytes(fd, wanted.data, wanted.size));
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFS);
}

/* The directory is found through /proc, or through a procfs of root's own, and never leads to
 * another program. */
static void clone_to_view(void *argument) {
    const struct situation *situation = argument;
    int source = open_payload();
    struct bytes wanted = read_all(source);
    leave_only(EXESEAL_STRATEGY_OVERLAY); /* or the strategy is skipped */
    cover_proc(situation);
    int before = count_by_fcntl();
    struct exeseal_report report;
    int fd = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    if (situation->ordinary_user) {
        check_equal(report.attempt[0].step, EXESEAL_STEP_LOCATE);
        check_equal(report.attempt[0].error, ENOENT);
        check_equal(fd, -ENOENT);
        check_equal(count_by_fcntl(), before);
        return;
    }
    check(fd >= 3 && holds_bytes(fd, wanted.data, wanted.size));
    /* Before Linux 6.13 overlayfs takes layers by path, and those paths lead through /proc. */
    bool has_paths = strstr(report_text(&report), "overlay: mount: ENOENT (/proc)") != NULL;
    check_equal(report.strategy, has_paths ? EXESEAL_STRATEGY_BIND : EXESEAL_STRATEGY_OVERLAY);
    check_equal(count_by_fcntl(), before + 1);
}

static void inspect_path_descriptor(void *argument) {
    const struct situation *situation = argument;
    int fd = open(built_program("lib/support/payload"), O_PATH | O_CLOEXEC);
    check(fd >= 0);
    cover_proc(situation);
    struct exeseal_info info;
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    check_equal(info.type, EXESEAL_TYPE_FILE);
    check(info.size > 0);
    check_equal(info.image, situation->ordinary_user ? EXESEAL_IMAGE_NONE : EXESEAL_IMAGE_STATIC);
}

static void assert_everywhere(const char *name, child_function function) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
    for (int covering = TMPFS; covering < COVERINGS; covering++) {
        for (int ordinary = 0; ordinary < 2; ordinary++) {
            struct situation situation = {covering, ordinary};
            assert_child_named(name, __FILE__, __LINE__, function, &situation);
        }
    }
}

static void descriptor_is_cloned_without_proc(void **state) {
    (void)state;
    assert_everywhere(__func__, clone_descriptor);
}

static void running_program_takes_a_procfs(void **state) {
    (void)state;
    assert_everywhere(__func__, clone_self);
}

static void tmpfile_takes_a_procfs(void **state) {
    (void)state;
    assert_everywhere(__func__, clone_to_tmpfile);
}

static void tmpfs_takes_a_procfs_only_for_those_who_are_not_root(void **state) {
    (void)state;
    assert_everywhere(__func__, clone_to_tmpfs);
}

static void views_never_show_what_a_fake_proc_names(void **state) {
    (void)state;
    assert_everywhere(__func__, clone_to_view);
}

static void inspecting_takes_no_proc(void **state) {
    (void)state;
    assert_everywhere(__func__, inspect_path_descriptor);
}

/* Mounts a real procfs with another program over this one entry. */
static void clone_self_with_covered_entry(void *unused) {
    (void)unused;
    struct bytes wanted = read_path("/proc/self/exe");
    use_private_mounts();
    if (mount("/bin/false", "/proc/self/exe", NULL, MS_BIND, NULL) == 0) {
        /* The mount followed the link and covered the program itself: the entry is unchanged. */
        check(umount2("/proc/self/exe", MNT_DETACH) == 0);
    }
    cover_proc_exe("/bin/false");
    int covered = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    /* control: the entry leads to the other program */
    check(covered >= 0 && !holds_bytes(covered, wanted.data, wanted.size));
    int fd = exeseal_clone_self(NULL, 0, NULL, 0);
    check(fd >= 3);
    check(holds_bytes(fd, wanted.data, wanted.size));
}

static void covered_entry_is_found_out(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_self_with_covered_entry, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_is_cloned_without_proc),
        cmocka_unit_test(running_program_takes_a_procfs),
        cmocka_unit_test(tmpfile_takes_a_procfs),
        cmocka_unit_test(tmpfs_takes_a_procfs_only_for_those_who_are_not_root),
        cmocka_unit_test(views_never_show_what_a_fake_proc_names),
        cmocka_unit_test(inspecting_takes_no_proc),
        cmocka_unit_test(covered_entry_is_found_out),
    };
    return run_all(tests);
}
