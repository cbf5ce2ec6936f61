/* SPDX-License-Identifier: MIT */
/* File systems on disks, and fs-verity on them. In a virtual machine they are at /mnt/KIND;
 * elsewhere they are missing. */
#ifndef DISKS_H
#define DISKS_H

#include "support.h"

enum { EXT4, BTRFS, XFS, DISKS };

struct disk {
    const char *kind, *path;
    long type;
    bool has_verity, has_reflinks;
    /* The first kernel whose fs-verity holds there: before 7.0 truncate(2) bypassed btrfs's. */
    int since;
};
extern const struct disk disks[DISKS];

/* A test of a table, once for a disk. */
#define on(which, function)                                                                                            \
    { #function " on " #which, function, NULL, NULL, (void *)&disks[which] }

/* An empty directory there, and its descriptor. Skips the test if there is no such disk. */
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

/* FS_IOC_ENABLE_VERITY: returns 0 or the errno. FS_IOC_MEASURE_VERITY: returns whether the
 * digest is this one. */
int enable_verity(int fd);
bool has_digest(int fd, const struct exeseal_digest *digest);

/* Clones with EXESEAL_CLONE_RECLAIMABLE, these flags, and the folder for temporary files. */
int reclaimable_clone(int source, const struct folder *folder, uint32_t mode, uint64_t flags,
                      struct exeseal_report *report);

/* Returns whether the file shares blocks with another file. */
bool shares_blocks(int fd);

/* Returns how many pages of the file are in the page cache. */
size_t resident_pages(int fd);

/* Executes it in a child and returns whether it exits with 7, which only the payload does. */
bool runs(int fd);

/* Asserts that no user, root included, can write to it. */
void assert_sealed_by_verity(int fd);

#endif
