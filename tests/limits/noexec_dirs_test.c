/* SPDX-License-Identifier: MIT */
/* Neither a memfd nor a private tmpfs is possible, and every directory that tmpfile knows is
 * mounted noexec, full, read-only or missing. */
#include "clones.h"

#include "sandbox.h"

#include <sys/mount.h>

static const char *const DIRECTORIES[] = {"/tmp", "/dev/shm", "/run"};

static void cover_all(unsigned long flags) {
    use_private_mounts();
    for (size_t i = 0; i < COUNT(DIRECTORIES); i++)
        cover_with_tmpfs(DIRECTORIES[i], flags);
}

static void run_from(int fd) {
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void clone_on_noexec(void *argument) {
    int error = *(const int *)argument, source = open_payload();
    cover_all(MS_NOEXEC);
    refuse_system_call(SYS_memfd_create, error);
    refuse_system_call(SYS_fsopen, ENOSYS);
    int before = open_descriptors();
    struct exeseal_report report;
    check_equal(clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report), -error);
    const char *text = report_text(&report);
    check(strstr(text, error == EPERM ? "memfd: create: EPERM: " : "memfd: create: ENOSYS: ") != NULL);
    check(strstr(text, "tmpfile: noexec: EACCES (/tmp): ") != NULL);
    check(strstr(text, "tmpfile: noexec: EACCES (/dev/shm)\n") != NULL);
    check(strstr(text, "tmpfile: noexec: EACCES (/run)\n") != NULL);
    check(strstr(text, "tmp_dirfd") != NULL);
    check_equal(open_descriptors(), before);
    /* In automatic mode a view is used then, and the report says so. */
    int view = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(view < 0 || report.strategy == EXESEAL_STRATEGY_BIND);
    check(view < 0 || (report.guarantees & EXESEAL_GUARANTEE_OWN_PAGES) == 0);
}

static void noexec_directories_are_named(void **state) {
    (void)state;
    skip_unless_root();
    static int errors[] = {EPERM, ENOSYS};
    for (size_t i = 0; i < COUNT(errors); i++)
        assert_child(clone_on_noexec, &errors[i]);
}

static int clone_into(int source, int directory, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD, .tmp_dirfd = directory};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

static void clone_into_given_directory(void *argument) {
    int flags = *(const int *)argument, source = open_payload();
    cover_all(MS_NOEXEC);
    cover_with_tmpfs("/mnt", 0);
    leave_only(EXESEAL_STRATEGY_TMPFILE);
    int directory = open("/mnt", flags | O_DIRECTORY | O_CLOEXEC), before = open_descriptors();
    struct exeseal_report report;
    int fd = clone_into(source, directory, &report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    struct stat file, mnt;
    check(fstat(fd, &file) == 0 && stat("/mnt", &mnt) == 0);
    check_equal(file.st_dev, mnt.st_dev);
    check_equal(file.st_nlink, 0);
    check_equal(open_descriptors(), before + 1);
    run_from(fd);
}

static void given_directory_comes_first(void **state) {
    (void)state;
    skip_unless_root();
    static int flags[] = {O_RDONLY, O_PATH};
    for (size_t i = 0; i < COUNT(flags); i++)
        assert_child(clone_into_given_directory, &flags[i]);
}

static void clone_into_noexec_directory(void *unused) {
    (void)unused;
    int source = open_payload();
    use_private_mounts();
    cover_with_tmpfs("/mnt", MS_NOEXEC);
    cover_with_tmpfs("/tmp", 0);
    leave_only(EXESEAL_STRATEGY_TMPFILE);
    int directory = open("/mnt", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct exeseal_report report;
    int fd = clone_into(source, directory, &report);
    check(fd >= 3);
    check(strstr(report_text(&report), "tmpfile: noexec: EACCES (tmp_dirfd): ") != NULL);
    run_from(fd);
}

static void given_directory_that_will_not_do_is_named_and_the_next_taken(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_into_noexec_directory, NULL);
}

static void clone_on_full_and_read_only(void *unused) {
    (void)unused;
    int source = open_payload();
    use_private_mounts();
    check(mount("tmpfs", "/tmp", "tmpfs", 0, "size=64k") == 0);
    cover_with_tmpfs("/dev/shm", 0);
    check(mount(NULL, "/dev/shm", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    cover_with_tmpfs("/run", 0);
    leave_only(EXESEAL_STRATEGY_TMPFILE);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(fd >= 3);
    check(strstr(report_text(&report), "tmpfile: copy: ENOSPC (/tmp): ") != NULL);
    check(strstr(report_text(&report), "tmpfile: create: EROFS (/dev/shm): ") != NULL);
    struct stat file, run_directory;
    check(fstat(fd, &file) == 0 && stat("/run", &run_directory) == 0);
    check_equal(file.st_dev, run_directory.st_dev);
    run_from(fd);
}

static void full_and_read_only_directories_are_passed_over(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_on_full_and_read_only, NULL);
}

/* TMPDIR is not read, because a runtime's environment may come from someone else. */
static void clone_with_tmpdir(void *unused) {
    (void)unused;
    int source = open_payload();
    cover_all(MS_NOEXEC);
    cover_with_tmpfs("/mnt", 0);
    leave_only(EXESEAL_STRATEGY_TMPFILE);
    check(setenv("TMPDIR", "/mnt", 1) == 0);
    check_equal(clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, NULL), -EPERM);
}

static void environment_names_no_directory(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_with_tmpdir, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noexec_directories_are_named),
        cmocka_unit_test(given_directory_comes_first),
        cmocka_unit_test(given_directory_that_will_not_do_is_named_and_the_next_taken),
        cmocka_unit_test(full_and_read_only_directories_are_passed_over),
        cmocka_unit_test(environment_names_no_directory),
    };
    return run_all(tests);
}
