/* SPDX-License-Identifier: MIT */
/* A source with fs-verity is its own view, and evidence that it does not change. */
#include "disks.h"

#include "clones.h"
#include "sandbox.h"

#include <sys/mount.h>

#define VIEW (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_STABLE)

static void assert_is_the_source(int fd, int source, const struct exeseal_report *report) {
    if (fd < 0 || report->strategy != EXESEAL_STRATEGY_VERITY)
        print_error("%s", report_text(report));
    assert_true(fd >= 3);
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_VERITY);
    assert_int_equal(report->guarantees, VIEW);
    assert_int_equal(report->evidence, EXESEAL_EVIDENCE_VERITY);
    assert_int_equal(report->bytes, payload_bytes().size);
    assert_true(is_same_file(fd, source));
    assert_true(is_close_on_exec(fd));
    assert_true(has_digest(fd, &report->digest));
}

static void source_is_its_own_view(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = sealed_program_in(&folder, 0755), path = open(proc_path(source), O_PATH | O_CLOEXEC);
    const int sources[] = {source, path};
    for (size_t i = 0; i < COUNT(sources); i++) {
        struct exeseal_report report;
        int fd = clone_in_mode(sources[i], EXESEAL_MODE_RO_SHARED_PAGE, &report);
        assert_is_the_source(fd, source, &report);
        assert_int_equal(report.attempts, 1);
        assert_sealed_by_verity(fd);
        assert_true(runs(fd));
        close(fd);
    }
    close(path);
    close(source);
    leave_folder(&folder);
}

/* Control: overlay shows the same file without fs-verity, and the report does not mention
 * verity. */
static void ordinary_source_is_shown_as_before(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = program_in(&folder, 0755);
    struct exeseal_report report;
    int fd = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    assert_int_not_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_VERITY);
    assert_int_equal(report.digest.algorithm, 0);
    if (fd >= 0)
        close(fd);
    close(source);
    leave_folder(&folder);
}

static void automatic_mode_copies_it_and_proves_that_it_kept_still(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = sealed_program_in(&folder, 0755);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_VERITY);
    assert_int_equal(report.guarantees, MEMFD_GUARANTEES | EXESEAL_GUARANTEE_STABLE);
    assert_int_equal(report.digest.algorithm, 0);
    close(fd);
    close(source);
    leave_folder(&folder);
}

static void reclaimable_takes_it_as_it_is(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = sealed_program_in(&folder, 0755);
    struct exeseal_report report;
    int fd = reclaimable_clone(source, &folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
    assert_is_the_source(fd, source, &report);
    close(fd);
    fd = reclaimable_clone(source, &folder, EXESEAL_MODE_INDEPENDENT_DATA_COPY, 0, &report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    assert_false(is_same_file(fd, source));
    assert_true((report.guarantees & EXESEAL_GUARANTEE_OWN_PAGES) != 0);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_VERITY);
    close(fd);
    close(source);
    leave_folder(&folder);
}

static void own_pages_are_those_of_a_copy(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = sealed_program_in(&folder, 0755);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_TMP_DIRFD,
                                            .require = EXESEAL_GUARANTEE_OWN_PAGES,
                                            .tmp_dirfd = folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    assert_true(fd >= 3);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    assert_false(is_same_file(fd, source));
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "own-pages");
    close(fd);
    close(source);
    leave_folder(&folder);
}

struct shown {
    struct folder folder;
    int source;
};

static void seal_without_memfd(void *argument) {
    const struct shown *shown = argument;
    struct exeseal_report report;
    refuse_system_call(SYS_memfd_create, EPERM);
    int fd = clone_requiring(shown->source, EXESEAL_GUARANTEE_SEALED, &report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    check_equal(is_same_file(fd, shown->source), true);
}

static void seals_where_no_memfd_is_to_be_had(void **state) {
    struct shown shown = {take_sealing_folder((const struct disk *)*state), -1};
    shown.source = sealed_program_in(&shown.folder, 0755);
    assert_child(seal_without_memfd, &shown);
    close(shown.source);
    leave_folder(&shown.folder);
}

/* No mount is in between that would drop them. */
static void privileges_are_never_kept(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = sealed_program_in(&folder, 04755);
    struct exeseal_report report;
    assert_int_equal(clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report), -EPERM);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_DROP_PRIVILEGES,
                                            .mode = EXESEAL_MODE_RO_SHARED_PAGE};
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_PRIVILEGES, EPERM, "setuid");
    assert_int_not_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    if (fd >= 0)
        close(fd);
    close(source);
    leave_folder(&folder);
}

/* Opens the file of this name there. */
static int open_below(const char *directory, int file) {
    char path[300], link[256] = "";
    check(readlink(proc_path(file), link, sizeof link - 1) > 0);
    snprintf(path, sizeof path, "%s/%s", directory, strrchr(link, '/') + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    return fd;
}

static void view_on_noexec(void *argument) {
    const struct shown *shown = argument;
    use_private_mounts();
    check(mount(shown->folder.directory.path, "/tmp", NULL, MS_BIND, NULL) == 0);
    check(mount(NULL, "/tmp", NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC, NULL) == 0);
    int source = open_below("/tmp", shown->source);
    check(source >= 0);
    struct exeseal_report report;
    check(clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report) < 0);
    check_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_VERITY);
    check_equal(report.attempt[0].step, EXESEAL_STEP_NOEXEC);
}

static void noexec_mount_is_not_got_round(void **state) {
    struct shown shown = {take_sealing_folder((const struct disk *)*state), -1};
    skip_unless_root();
    shown.source = sealed_program_in(&shown.folder, 0755);
    assert_child(view_on_noexec, &shown);
    close(shown.source);
    leave_folder(&shown.folder);
}

/* A file on overlayfs may claim fs-verity. No guarantee is based on that, since writing would
 * create a copy above. */
static void look_through_overlay(void *argument) {
    const struct shown *shown = argument;
    use_private_mounts();
    cover_with_tmpfs("/tmp", 0);
    check(mkdir("/tmp/upper", 0755) == 0 && mkdir("/tmp/work", 0755) == 0 && mkdir("/tmp/merged", 0755) == 0);
    char options[256];
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=/tmp/upper,workdir=/tmp/work",
             shown->folder.directory.path);
    if (mount("overlay", "/tmp/merged", "overlay", 0, options) < 0)
        child_skip("no overlayfs here");
    int source = open_below("/tmp/merged", shown->source);
    struct exeseal_info info;
    check_equal(exeseal_inspect(source, &info, sizeof info), 0);
    check_equal(info.flags & EXESEAL_INFO_VERITY, 0);
    check_equal(info.guarantees, 0);
    struct exeseal_report report;
    check(exeseal_clone(source, NULL, 0, &report, sizeof report) >= 3);
    check(report.evidence != EXESEAL_EVIDENCE_VERITY);
    clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    check(report.strategy != EXESEAL_STRATEGY_VERITY);
}

static void overlayfs_above_it_is_not_believed(void **state) {
    struct shown shown = {take_sealing_folder((const struct disk *)*state), -1};
    skip_unless_root();
    shown.source = sealed_program_in(&shown.folder, 0755);
    assert_child(look_through_overlay, &shown);
    close(shown.source);
    leave_folder(&shown.folder);
}

#define on_both(function) on(EXT4, function), on(BTRFS, function)

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both(source_is_its_own_view),
        on_both(ordinary_source_is_shown_as_before),
        on_both(automatic_mode_copies_it_and_proves_that_it_kept_still),
        on_both(reclaimable_takes_it_as_it_is),
        on_both(own_pages_are_those_of_a_copy),
        on_both(seals_where_no_memfd_is_to_be_had),
        on_both(privileges_are_never_kept),
        on_both(noexec_mount_is_not_got_round),
        on_both(overlayfs_above_it_is_not_believed),
    };
    return run_all(tests);
}
