/* SPDX-License-Identifier: MIT */
/* A source on overlayfs: a lease there does not keep writers of the layers out, so it is no
 * evidence. */
#include "support.h"

#include "sandbox.h"

#include <sys/mount.h>

enum { SIZE = 100000 };

static unsigned char *pattern;

/* Mounts /mnt/merged/program over /mnt/lower/program. */
static int open_program_on_overlayfs(void) {
    static const char *const directories[] = {"/mnt/lower", "/mnt/upper", "/mnt/work", "/mnt/merged"};
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    for (size_t i = 0; i < COUNT(directories); i++)
        check(mkdir(directories[i], 0755) == 0);
    make_file(&(struct temp_directory){"/mnt/lower"}, "program", pattern, SIZE, 0755);
    if (mount("overlay", "/mnt/merged", "overlay", 0, "lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work") < 0)
        child_skip("no overlayfs can be mounted here");
    int fd = open("/mnt/merged/program", O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    return fd;
}

static void clone_from_overlayfs(void *unused) {
    (void)unused;
    int source = open_program_on_overlayfs();
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(fd >= 3 && holds_bytes(fd, pattern, SIZE));
    check_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
    check_equal(report.guarantees & EXESEAL_GUARANTEE_STABLE, 0);
    check_equal(clone_requiring(source, EXESEAL_GUARANTEE_STABLE, &report), -EOPNOTSUPP);
    check_equal(report.attempt[0].step, EXESEAL_STEP_STABILITY);
    check(strcmp(report.attempt[0].where, "times") == 0);
}

static void source_on_overlayfs_has_no_lease(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_from_overlayfs, NULL);
}

static void write_below_a_lease(void *unused) {
    (void)unused;
    int fd = open_program_on_overlayfs();
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
        child_skip("this kernel gives no leases on overlayfs");
    int writer = open("/mnt/lower/program", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    check(writer >= 0 && pwrite(writer, "X", 1, 0) == 1);
    check_equal(fcntl(fd, F_GETLEASE), F_RDLCK);
    char byte;
    check(pread(fd, &byte, 1, 0) == 1);
    check_equal(byte, 'X');
}

static void control_lease_on_overlayfs_keeps_no_writer_out(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(write_below_a_lease, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_on_overlayfs_has_no_lease),
        cmocka_unit_test(control_lease_on_overlayfs_keeps_no_writer_out),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
