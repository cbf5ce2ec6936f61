/* SPDX-License-Identifier: MIT */
/* Pages of a copy are its own. The kernel can reclaim those of a copy with fs-verity. */
#include "disks.h"

#include "clones.h"

#include <sys/mman.h>

enum { SIZE = 8 << 20, PAGE = 4096 };

static const void *pattern(void) {
    static unsigned char *bytes;
    if (bytes == NULL)
        bytes = make_pattern(SIZE);
    return bytes;
}

static int file_in(const struct folder *folder) {
    int fd = open(make_file(&folder->directory, "large", pattern(), SIZE, 0755), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && syncfs(fd) == 0);
    return fd;
}

static void drop_caches(void) {
    int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip_because("the page cache cannot be dropped here");
    assert_int_equal(write(fd, "1", 1), 1);
    close(fd);
}

static size_t pages_after_drop(int fd) {
    assert_true(holds_bytes(fd, pattern(), SIZE)); /* reads the whole file */
    assert_int_equal(resident_pages(fd), SIZE / PAGE);
    assert_int_equal(syncfs(fd), 0);
    drop_caches();
    return resident_pages(fd);
}

static void pages_can_be_taken_back(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    skip_unless_root();
    int source = file_in(&folder);
    struct exeseal_report report;
    int copy = reclaimable_clone(source, &folder, EXESEAL_MODE_INDEPENDENT_DATA_COPY, 0, &report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    int memfd = clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(pages_after_drop(memfd), SIZE / PAGE); /* control: a memfd's pages stay */
    assert_int_equal(pages_after_drop(copy), 0);
    assert_true(holds_bytes(copy, pattern(), SIZE));
    close(memfd);
    close(copy);
    close(source);
    leave_folder(&folder);
}

/* A program whose pages were reclaimed continues: the kernel reads them again. */
static void program_runs_on_when_they_are_gone(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    skip_unless_root();
    int source = program_in(&folder, 0755);
    struct exeseal_report report;
    int copy = reclaimable_clone(source, &folder, EXESEAL_MODE_INDEPENDENT_DATA_COPY, 0, &report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);
    for (int i = 0; i < 3; i++) {
        drop_caches();
        assert_true(runs(copy));
    }
    close(copy);
    close(source);
    leave_folder(&folder);
}

/* Files that share blocks on disk do not share pages: reading one does not cache the other. */
static void blocks_in_common_are_not_pages_in_common(void **state) {
    const struct disk *disk = *state;
    struct folder folder = take_sealing_folder(disk);
    skip_unless_root();
    int source = file_in(&folder);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_RECLAIMABLE,
                                            .tmp_dirfd = folder.fd};
    struct exeseal_report report;
    int copy = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    if (report.strategy != EXESEAL_STRATEGY_VERITY)
        skip_because("no fs-verity on this file system");
    assert_true(shares_blocks(copy));
    assert_int_equal(syncfs(copy), 0);
    drop_caches();
    assert_int_equal(resident_pages(source), 0);
    assert_true(holds_bytes(copy, pattern(), SIZE));
    assert_int_equal(resident_pages(copy), SIZE / PAGE);
    assert_int_equal(resident_pages(source), 0);
    close(copy);
    close(source);
    leave_folder(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on(EXT4, pages_can_be_taken_back),
        on(BTRFS, pages_can_be_taken_back),
        on(EXT4, program_runs_on_when_they_are_gone),
        on(BTRFS, program_runs_on_when_they_are_gone),
        on(BTRFS, blocks_in_common_are_not_pages_in_common),
    };
    return run_all(tests);
}
