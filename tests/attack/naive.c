/* SPDX-License-Identifier: MIT */
/* Descriptors that a careless program would pass on. They look read-only, and each falls to an
 * attack. */
#include "naive.h"

#include "mounting.h"
#include "targets.h"

enum { ROOM = 300 };

static const char *beside(const char *source, const char *name) {
    static char path[ROOM];
    snprintf(path, sizeof path, "%s.%s", source, name);
    return path;
}

static int fill_file(int directory, const char *path) {
    int fd = openat(directory, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    check(fd >= 0);
    check(write(fd, program()->data, program()->size) == (ssize_t)program()->size);
    return fd;
}

static int bind_read_only(const char *file, const char *point) {
    close(open(point, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
    if (mount(file, point, NULL, MS_BIND, NULL) < 0)
        return -1;
    if (mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        return -1;
    return open(point, O_RDONLY | O_CLOEXEC);
}

int naive_plain(const char *source) {
    return open(source, O_RDONLY | O_CLOEXEC);
}

int naive_writable(const char *source) {
    return open(source, O_RDWR | O_CLOEXEC);
}

int naive_attached(const char *source) {
    return bind_read_only(source, beside(source, "point"));
}

int naive_tree(const char *source) {
    int tree = open_tree_of(AT_FDCWD, source, TREE_CLONE);
    (void)!set_mount_attributes(tree, ATTRIBUTE_READ_ONLY, 0);
    return tree;
}

/* Makes an empty, detached tmpfs. */
static int mount_tmpfs(int *context) {
    *context = (int)syscall(SYS_fsopen, "tmpfs", 0);
    if (*context < 0 || syscall(SYS_fsconfig, *context, CONFIG_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, *context, 1, 0);
}

/* The file is the root of a mount. The context stays open. */
int naive_superblock(const char *source) {
    int context, root = mount_tmpfs(&context);
    char directory[ROOM], file[ROOM + 8];
    snprintf(directory, sizeof directory, "%s", beside(source, "directory"));
    (void)!mkdir(directory, 0755);
    if (root < 0 || move_tree(root, directory) < 0)
        return -1;
    close(root);
    snprintf(file, sizeof file, "%s/file", directory);
    close(fill_file(AT_FDCWD, file));
    int fd = bind_read_only(file, beside(source, "point"));
    (void)!mount(NULL, beside(source, "point"), NULL, MS_REMOUNT | MS_BIND, NULL);
    return set_superblock_flag(context, "ro") < 0 ? -1 : fd;
}

int naive_detached(const char *source) {
    (void)source;
    int context, root = mount_tmpfs(&context);
    if (root < 0)
        return -1;
    close(fill_file(root, "file"));
    int fd = openat(root, "file", O_RDONLY | O_CLOEXEC), result = set_superblock_flag(context, "ro");
    close(context);
    close(root);
    return result < 0 ? -1 : fd;
}

void unmount_naive(const char *source) {
    (void)!umount2(beside(source, "point"), MNT_DETACH);
    (void)!unlink(beside(source, "point"));
    (void)!umount2(beside(source, "directory"), MNT_DETACH);
    (void)!rmdir(beside(source, "directory"));
}
