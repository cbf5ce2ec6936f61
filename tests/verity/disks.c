/* SPDX-License-Identifier: MIT */
#include "disks.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

const struct disk disks[DISKS] = {
    [EXT4] = {"ext4", "/mnt/ext4", 0xEF53, .has_verity = true},
    [BTRFS] = {"btrfs", "/mnt/btrfs", 0x9123683E, .has_verity = true, .has_reflinks = true, .since = 7},
    [XFS] = {"xfs", "/mnt/xfs", 0x58465342, .has_reflinks = true},
};

struct folder take_folder_named(const char *test, const struct disk *disk) {
    struct statfs fs;
    struct folder folder;
    char reason[64];
    snprintf(reason, sizeof reason, "no %s at %s: see tests/lib/vm/run --disk", disk->kind, disk->path);
    if (statfs(disk->path, &fs) < 0 || fs.f_type != disk->type)
        skip_test(test, reason);
    snprintf(folder.directory.path, sizeof folder.directory.path, "%s/exeseal-test-XXXXXX", disk->path);
    assert_non_null(mkdtemp(folder.directory.path));
    assert_int_equal(chmod(folder.directory.path, 0777), 0);
    folder.fd = open(folder.directory.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder.fd >= 0);
    return folder;
}

bool seals(const struct disk *disk) {
    struct utsname kernel;
    assert_int_equal(uname(&kernel), 0);
    return disk->has_verity && atoi(kernel.release) >= disk->since;
}

struct folder take_sealing_folder_named(const char *test, const struct disk *disk) {
    struct folder folder = take_folder_named(test, disk);
    if (seals(disk))
        return folder;
    leave_folder(&folder);
    skip_test(test, "on btrfs before Linux 7.0 truncate(2) gets past fs-verity");
    return folder;
}

void leave_folder(struct folder *folder) {
    close(folder->fd);
    remove_temp_directory(&folder->directory);
}

struct bytes payload_bytes(void) {
    static struct bytes bytes;
    if (bytes.data == NULL)
        bytes = read_path(built_program("lib/support/payload"));
    return bytes;
}

int program_in(const struct folder *folder, mode_t mode) {
    static int count;
    char name[32];
    struct bytes bytes = payload_bytes();
    snprintf(name, sizeof name, "program%d", count++);
    int fd = open(make_file(&folder->directory, name, bytes.data, bytes.size, mode), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

int sealed_program_in(const struct folder *folder, mode_t mode) {
    int fd = program_in(folder, mode);
    assert_int_equal(fchmod(fd, mode | 0200), 0);
    assert_int_equal(enable_verity(fd), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    return fd;
}

int enable_verity(int fd) {
    struct fsverity_enable_arg request = {
        .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096};
    return ioctl(fd, FS_IOC_ENABLE_VERITY, &request) == 0 ? 0 : errno;
}

bool has_digest(int fd, const struct exeseal_digest *digest) {
    struct {
        uint16_t algorithm, size;
        unsigned char value[64];
    } found = {0, sizeof found.value, {0}};
    return ioctl(fd, FS_IOC_MEASURE_VERITY, &found) == 0 && found.algorithm == digest->algorithm &&
           found.size == digest->size && memcmp(found.value, digest->value, sizeof found.value) == 0;
}

int reclaimable_clone(int source, const struct folder *folder, uint32_t mode, uint64_t flags,
                      struct exeseal_report *report) {
    struct exeseal_clone_options options = {
        .flags = EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_TMP_DIRFD | flags, .mode = mode, .tmp_dirfd = folder->fd};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

bool shares_blocks(int fd) {
    enum { MOST = 64 };
    static _Alignas(8) char space[sizeof(struct fiemap) + MOST * sizeof(struct fiemap_extent)];
    struct fiemap *map = (struct fiemap *)space;
    *map = (struct fiemap){.fm_length = FIEMAP_MAX_OFFSET, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = MOST};
    if (ioctl(fd, FS_IOC_FIEMAP, map) < 0 || map->fm_mapped_extents == 0)
        abort();
    for (uint32_t i = 0; i < map->fm_mapped_extents; i++)
        if ((map->fm_extents[i].fe_flags & FIEMAP_EXTENT_SHARED) == 0)
            return false;
    return true;
}

size_t resident_pages(int fd) {
    enum { PAGE = 4096, MOST = 1 << 16 };
    static unsigned char in_core[MOST];
    struct stat file;
    size_t count = 0;
    assert_int_equal(fstat(fd, &file), 0);
    size_t size = (size_t)file.st_size, pages = (size + PAGE - 1) / PAGE;
    assert_true(pages > 0 && pages <= MOST);
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(mincore(map, size, in_core), 0);
    for (size_t i = 0; i < pages; i++)
        count += in_core[i] & 1;
    munmap(map, size);
    return count;
}

static void execute(void *argument) {
    char *argv[] = {"payload", "exit", "7", NULL};
    exeseal_exec_fd(*(const int *)argument, argv, NULL, NULL, 0, NULL, 0);
}

bool runs(int fd) {
    return in_child(execute, &fd) == 7;
}

void assert_sealed_by_verity(int fd) {
    static const int flags[] = {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_RDWR | O_APPEND};
    assert_int_equal(access_mode(fd), O_RDONLY);
    mode_t mode = permissions_of(fd);
    /* a descriptor with permission to write is refused as well */
    assert_int_equal(fchmod(fd, 0777), 0);
    for (size_t i = 0; i < COUNT(flags); i++) {
        assert_int_equal(open(proc_path(fd), flags[i] | O_CLOEXEC), -1);
        assert_int_equal(errno, EPERM);
    }
    assert_int_equal(truncate(proc_path(fd), 1), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(fchmod(fd, mode), 0);
}
