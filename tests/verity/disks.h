/* SPDX-License-Identifier: MIT */
/* File systems of disks, and fs-verity on them. In tests/lib/vm they are at /mnt/KIND; elsewhere there are none. */
#ifndef DISKS_H
#define DISKS_H

#include "support.h"

enum { EXT4, BTRFS, XFS, DISKS };

struct disk {
    const char *kind, *path;
    long type;
    bool has_verity, has_reflinks;
    int since; /* the kernel whose fs-verity holds there: before Linux 7.0 truncate(2) got past that of btrfs */
};
extern const struct disk disks[DISKS];

/* A test of a table, once for a disk. */
#define on(which, function)                                                                                            \
    { #function " on " #which, function, NULL, NULL, (void *)&disks[which] }

/* An empty directory there, and its descriptor. Skips where there is no such disk. */
struct folder {
    struct temp_directory directory;
    int fd;
};
#define take_folder(disk) take_folder_named(__func__, disk)
struct folder take_folder_named(const char *test, const struct disk *disk);
void leave_folder(struct folder *folder);
/* The same where fs-verity holds. */
#define take_sealing_folder(disk) take_sealing_folder_named(__func__, disk)
struct folder take_sealing_folder_named(const char *test, const struct disk *disk);
bool seals(const struct disk *disk);

/* The payload there, open for reading. */
int program_in(const struct folder *folder, mode_t mode);
/* The same with fs-verity. */
int sealed_program_in(const struct folder *folder, mode_t mode);
struct bytes payload_bytes(void);

/* FS_IOC_ENABLE_VERITY, 0 or the errno; FS_IOC_MEASURE_VERITY: whether there is this digest. */
int enable_verity(int fd);
bool has_digest(int fd, const struct exeseal_digest *digest);

/* With EXESEAL_CLONE_RECLAIMABLE, these flags, and the folder for temporary files. */
int reclaimable_clone(int source, const struct folder *folder, uint32_t mode, uint64_t flags,
                      struct exeseal_report *report);

/* Whether a file shares blocks with another one. */
bool shares_blocks(int fd);

/* How many of its pages are in the page cache. */
size_t resident_pages(int fd);

/* Executes it in a child: exits with 7, as nothing but the payload does. */
bool runs(int fd);

/* Nobody, root included, may write to it. */
void assert_sealed_by_verity(int fd);

#endif
