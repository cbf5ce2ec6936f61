/* SPDX-License-Identifier: MIT */
/* Root writes to the disk itself, past the file system. Blocks that fs-verity protects cannot be
 * read then. */
#include "disks.h"

#include "clones.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

enum { BLOCK = 4096 };

/* Opens the disk below the file system, which bypasses the page cache. */
static int open_disk(int file) {
    struct stat stat;
    char path[64], name[64] = "";
    assert_int_equal(fstat(file, &stat), 0);
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(stat.st_dev), minor(stat.st_dev));
    if (readlink(path, name, sizeof name - 1) < 0)
        name[0] = '\0';
    char *base = strrchr(name, '/');
    snprintf(path, sizeof path, "/dev/%s", base == NULL ? "" : base + 1);
    int disk = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (disk < 0)
        skip_because("no way to write to the disk itself");
    return disk;
}

/* Returns the disk offset of the file's first block. */
static off_t place_of(int file) {
    int block = 0, size;
    assert_int_equal(ioctl(file, FIGETBSZ, &size), 0);
    assert_int_equal(ioctl(file, FIBMAP, &block), 0);
    assert_true(block > 0 && size == BLOCK);
    return (off_t)block * BLOCK;
}

static void drop_caches(void) {
    int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip_because("the page cache cannot be dropped here");
    assert_int_equal(write(fd, "3", 1), 1);
    close(fd);
}

/* Changes one byte of the first block. */
static void tamper(int file) {
    static _Alignas(BLOCK) unsigned char block[BLOCK];
    assert_int_equal(fsync(file), 0);
    int disk = open_disk(file);
    off_t at = place_of(file);
    assert_int_equal(pread(disk, block, BLOCK, at), BLOCK);
    assert_memory_equal(block, payload_bytes().data, BLOCK);
    block[100] ^= 1;
    assert_int_equal(pwrite(disk, block, BLOCK, at), BLOCK);
    close(disk);
    drop_caches();
}

static void other_bytes_on_the_disk_are_eio(void **state) {
    struct folder folder = take_sealing_folder((const struct disk *)*state);
    struct bytes wanted = payload_bytes();
    char byte;
    skip_unless_root();
    int source = program_in(&folder, 0755), plain = program_in(&folder, 0755);
    struct exeseal_report report;
    int copy = reclaimable_clone(source, &folder, EXESEAL_MODE_AUTOMATIC, 0, &report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_VERITY);

    tamper(plain); /* control: the changed byte is read without an error */
    assert_int_equal(pread(plain, &byte, 1, 100), 1);
    assert_int_equal((unsigned char)byte, wanted.data[100] ^ 1);

    tamper(copy);
    assert_int_equal(pread(copy, &byte, 1, 100), -1);
    assert_int_equal(errno, EIO);
    assert_false(runs(copy));
    assert_int_equal(exeseal_clone(copy, NULL, 0, &report, sizeof report), -EIO);
    close(copy);
    close(plain);
    close(source);
    leave_folder(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {on(EXT4, other_bytes_on_the_disk_are_eio)};
    return run_all(tests);
}
