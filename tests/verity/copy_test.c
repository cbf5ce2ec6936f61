/* SPDX-License-Identifier: MIT */
/* Copies that fs-verity seals, and copies that share the source's blocks. */
#include "disks.h"

#include "clones.h"
#include "sandbox.h"

#include <sys/mount.h>

#define COPY (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES)

static void assert_good_copy(int fd, const struct exeseal_report *report, const struct bytes *wanted) {
    if (fd < 0 || report->strategy != EXESEAL_STRATEGY_VERITY)
        print_error("%s", report_text(report));
    assert_true(fd >= 3);
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_VERITY);
    assert_int_equal(report->guarantees & ~EXESEAL_GUARANTEE_STABLE, COPY);
    assert_int_equal(report->bytes, wanted->size);
    assert_int_equal(report->digest.algorithm, 1);
    assert_int_equal(report->digest.size, 32);
    assert_true(has_digest(fd, &report->digest));
    assert_non_null(strstr(report_text(report), ", digest sha256:"));
    assert_true(is_close_on_exec(fd));
    assert_true(holds_bytes(fd, wanted->data, wanted->size));
    assert_sealed_by_verity(fd);
    struct stat file;
    assert_int_equal(fstat(fd, &file), 0);
    assert_int_equal(file.st_nlink, 0);
}

static void copy_is_sealed_and_runs(void **state) {
    static const uint32_t modes[] = {EXESEAL_MODE_AUTOMATIC, EXESEAL_MODE_INDEPENDENT_DATA_COPY};
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    struct bytes wanted = payload_bytes();
    int source = program_in(&folder, 0755), before = open_descriptors();
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct exeseal_report report;
        int fd = reclaimable_clone(source, &folder, modes[i], 0, &report);
        assert_good_copy(fd, &report, &wanted);
        assert_false(is_same_file(fd, source));
        assert_int_equal(report.attempts, 1);
        assert_string_equal(report.attempt[0].where, "tmp_dirfd");
        assert_int_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
        assert_true((report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0);
        assert_int_equal(permissions_of(fd), 0555);
        assert_true(runs(fd));
        close(fd);
        assert_int_equal(open_descriptors(), before);
    }
    close(source);
    leave_folder(&folder);
}

static void permissions_are_those_of_every_copy(void **state) {
    static const mode_t modes[][2] = {{0711, 0511}, {0700, 0500}, {0644, 0555}, {04755, 0555}};
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    struct bytes wanted = payload_bytes();
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct exeseal_report report;
        int source = program_in(&folder, modes[i][0]);
        int fd = reclaimable_clone(source, &folder, EXESEAL_MODE_INDEPENDENT_DATA_COPY, EXESEAL_CLONE_DROP_PRIVILEGES,
                                   &report);
        assert_good_copy(fd, &report, &wanted);
        assert_int_equal(permissions_of(fd), modes[i][1]);
        close(fd);
        close(source);
    }
    leave_folder(&folder);
}

static void memory_and_streams_are_copied_too(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    struct bytes wanted = payload_bytes();
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_TMP_DIRFD,
                                            .tmp_dirfd = folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone_memory(wanted.data, wanted.size, &options, sizeof options, &report, sizeof report);
    assert_good_copy(fd, &report, &wanted);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_MEMORY);
    close(fd);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fflush(NULL);
    pid_t writer = fork();
    if (writer == 0) {
        for (size_t done = 0; done < wanted.size;)
            done += (size_t)write(ends[1], wanted.data + done, wanted.size - done);
        _exit(0);
    }
    close(ends[1]);
    fd = reclaimable_clone(ends[0], &folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
    assert_good_copy(fd, &report, &wanted);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_NONE);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    close(fd);
    close(ends[0]);
    leave_folder(&folder);
}

static void inspect_tells_of_it(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    int source = program_in(&folder, 0755);
    struct exeseal_report report;
    struct exeseal_info info;
    int fd = reclaimable_clone(source, &folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
    int path = open(proc_path(fd), O_PATH | O_CLOEXEC);
    assert_int_equal(exeseal_inspect(source, &info, sizeof info), 0);
    assert_int_equal(info.flags & EXESEAL_INFO_VERITY, 0); /* control */
    assert_int_equal(info.digest.algorithm, 0);
    assert_int_equal(info.guarantees, 0);
    const int looked_at[] = {fd, path};
    for (size_t i = 0; i < COUNT(looked_at); i++) {
        assert_int_equal(exeseal_inspect(looked_at[i], &info, sizeof info), 0);
        assert_true((info.flags & EXESEAL_INFO_VERITY) != 0);
        assert_int_equal(info.guarantees, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED);
        assert_memory_equal(&info.digest, &report.digest, sizeof info.digest);
        assert_int_equal(info.type, EXESEAL_TYPE_FILE);
    }
    close(path);
    close(fd);
    close(source);
    leave_folder(&folder);
}

/* The next directory is tried, and at last a memfd. The report has the reason for each. */
static void directory_without_verity_is_passed_over(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state), none = folder;
    int source = program_in(&folder, 0755);
    struct exeseal_report report;
    none.fd = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = reclaimable_clone(source, &none, EXESEAL_MODE_AUTOMATIC, 0, &report);
    assert_true(fd >= 3);
    assert_int_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_VERITY);
    assert_int_equal(report.attempt[0].step, EXESEAL_STEP_SEAL);
    assert_true(report.attempt[0].error == ENOTTY || report.attempt[0].error == EOPNOTSUPP);
    assert_string_equal(report.attempt[0].where, "tmp_dirfd");
    assert_string_equal(report.attempt[1].where, "/var/tmp");
    bool is_memfd = report.strategy == EXESEAL_STRATEGY_MEMFD;
    assert_true(is_memfd || report.strategy == EXESEAL_STRATEGY_VERITY);
    assert_int_equal(report.digest.algorithm != 0, !is_memfd);
    assert_non_null(strstr(report_text(&report), "verity: seal: "));
    close(fd);
    close(none.fd);
    close(source);
    leave_folder(&folder);
}

static void what_can_be_cut_is_not_sealed(void **state) {
    struct folder folder = take_folder((const struct disk *)*state);
    if (seals(*state))
        skip_because("this kernel lets nobody cut it");
    int source = sealed_program_in(&folder, 0755), before = open_descriptors();
    struct exeseal_report report;
    struct exeseal_info info;
    assert_int_equal(exeseal_inspect(source, &info, sizeof info), 0);
    assert_true((info.flags & EXESEAL_INFO_VERITY) != 0);
    assert_int_equal(info.guarantees, 0);
    int fd = reclaimable_clone(source, &folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, EOPNOTSUPP, "truncate(2)");
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    close(fd);
    assert_int_equal(open_descriptors(), before);
    fd = clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report);
    assert_int_not_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    if (fd >= 0)
        close(fd);
    /* control: otherwise fs-verity of this kernel holds */
    assert_int_equal(truncate(proc_path(source), 4096), 0);
    close(source);
    leave_folder(&folder);
}

static void probe_finds_it_in_var_tmp(void *argument) {
    const struct folder *folder = argument;
    use_private_mounts();
    check(mount(folder->directory.path, "/var/tmp", NULL, MS_BIND, NULL) == 0);
    struct exeseal_report report;
    check_equal(exeseal_probe(EXESEAL_STRATEGY_VERITY, &report, sizeof report), 0);
    check_equal(report.guarantees, COPY | EXESEAL_GUARANTEE_STABLE);
    check(report.digest.algorithm == 1);
    check(strcmp(report.attempt[0].where, "/var/tmp") == 0);
}

static void probe_works(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    skip_unless_root();
    assert_child(probe_finds_it_in_var_tmp, &folder);
    leave_folder(&folder);
}

/* --- shared blocks --- */

static void refuse_all_but_tmpfile(void) {
    refuse_system_call(SYS_memfd_create, ENOSYS);
    refuse_system_call(SYS_fsopen, ENOSYS);
}

struct sharing {
    const struct disk *disk;
    struct folder folder;
    int source;
    int refusal; /* FICLONE's errno */
};

/* Other users cannot take a lease on root's file, so the snapshot is their only evidence. */
static void copy_as_ordinary_user(void *argument) {
    const struct sharing *sharing = argument;
    struct bytes wanted = payload_bytes();
    become_ordinary_user();
    refuse_all_but_tmpfile();
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD, .tmp_dirfd = sharing->folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone(sharing->source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3 && report.strategy == EXESEAL_STRATEGY_TMPFILE);
    check_equal(report.evidence, sharing->disk->has_reflinks ? EXESEAL_EVIDENCE_SNAPSHOT : EXESEAL_EVIDENCE_TIMES);
    check_equal((report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0, sharing->disk->has_reflinks);
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_equal(runs(fd), true);
}

static void snapshot_is_evidence(void **state) {
    struct sharing sharing = {*state, take_folder((const struct disk *)*state), -1, 0};
    skip_unless_root();
    sharing.source = program_in(&sharing.folder, 0755);
    assert_child(copy_as_ordinary_user, &sharing);
    close(sharing.source);
    leave_folder(&sharing.folder);
}

static void copy_to_tmpfile_shares(void *argument) {
    const struct sharing *sharing = argument;
    refuse_all_but_tmpfile();
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD, .tmp_dirfd = sharing->folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone(sharing->source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3 && report.strategy == EXESEAL_STRATEGY_TMPFILE);
    check_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
    check_equal(shares_blocks(fd), sharing->disk->has_reflinks);
}

/* ext4 cannot share blocks: the control. */
static void blocks_are_shared(void **state) {
    struct sharing sharing = {*state, take_folder((const struct disk *)*state), -1, 0};
    sharing.source = program_in(&sharing.folder, 0755);
    assert_child(copy_to_tmpfile_shares, &sharing);
    if (seals(sharing.disk)) {
        struct exeseal_report report;
        int fd = reclaimable_clone(sharing.source, &sharing.folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
        assert_int_equal(shares_blocks(fd), sharing.disk->has_reflinks);
        close(fd);
    }
    close(sharing.source);
    leave_folder(&sharing.folder);
}

static void change_the_source_of_a_copy(void *argument) {
    const struct sharing *sharing = argument;
    struct bytes wanted = payload_bytes();
    refuse_all_but_tmpfile();
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD, .tmp_dirfd = sharing->folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone(sharing->source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3 && report.strategy == EXESEAL_STRATEGY_TMPFILE);
    check_equal(shares_blocks(fd), sharing->disk->has_reflinks);
    int writer = open(proc_path(sharing->source), O_RDWR | O_CLOEXEC);
    check(pwrite(writer, "changed", 7, 0) == 7 && fsync(writer) == 0);
    check_equal(holds_bytes(sharing->source, wanted.data, wanted.size), false); /* control */
    check_equal(holds_bytes(fd, wanted.data, wanted.size), true);
}

/* A copy keeps the source's old bytes if the source is written to, even where it shared blocks. */
static void copy_stays_when_the_source_changes(void **state) {
    struct sharing sharing = {*state, take_folder((const struct disk *)*state), -1, 0};
    sharing.source = program_in(&sharing.folder, 0755);
    assert_child(change_the_source_of_a_copy, &sharing);
    close(sharing.source);
    leave_folder(&sharing.folder);
}

/* If the file system cannot share blocks, or refuses to, the bytes are copied. */
static void copy_without_ficlone(void *argument) {
    const struct sharing *sharing = argument;
    struct bytes wanted = payload_bytes();
    refuse_all_but_tmpfile();
    refuse_system_call_with(SYS_ioctl, 1, 0x40049409 /* FICLONE */, sharing->refusal);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD, .tmp_dirfd = sharing->folder.fd};
    struct exeseal_report report;
    int fd = exeseal_clone(sharing->source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3 && report.strategy == EXESEAL_STRATEGY_TMPFILE);
    check_equal(report.attempts, 3); /* memfd and tmpfs were tried before it */
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_equal(shares_blocks(fd), false);
}

static void refused_sharing_is_a_copy(void **state) {
    static const int errors[] = {EXDEV, EOPNOTSUPP, EINVAL, ETXTBSY, ENOTTY, EPERM};
    struct sharing sharing = {*state, take_folder((const struct disk *)*state), -1, 0};
    sharing.source = program_in(&sharing.folder, 0755);
    for (size_t i = 0; i < COUNT(errors); i++) {
        sharing.refusal = errors[i];
        assert_child(copy_without_ficlone, &sharing);
    }
    close(sharing.source);
    leave_folder(&sharing.folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on(EXT4, copy_is_sealed_and_runs),
        on(BTRFS, copy_is_sealed_and_runs),
        on(EXT4, permissions_are_those_of_every_copy),
        on(BTRFS, permissions_are_those_of_every_copy),
        on(EXT4, memory_and_streams_are_copied_too),
        on(BTRFS, memory_and_streams_are_copied_too),
        on(EXT4, inspect_tells_of_it),
        on(BTRFS, inspect_tells_of_it),
        on(EXT4, directory_without_verity_is_passed_over),
        on(BTRFS, what_can_be_cut_is_not_sealed),
        on(EXT4, probe_works),
        on(BTRFS, probe_works),
        on(EXT4, snapshot_is_evidence),
        on(BTRFS, snapshot_is_evidence),
        on(XFS, snapshot_is_evidence),
        on(EXT4, blocks_are_shared),
        on(BTRFS, blocks_are_shared),
        on(XFS, blocks_are_shared),
        on(EXT4, copy_stays_when_the_source_changes),
        on(BTRFS, copy_stays_when_the_source_changes),
        on(XFS, copy_stays_when_the_source_changes),
        on(BTRFS, refused_sharing_is_a_copy),
        on(XFS, refused_sharing_is_a_copy),
    };
    return run_all(tests);
}
