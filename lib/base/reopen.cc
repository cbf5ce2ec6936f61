// SPDX-License-Identifier: MIT
// Opens files through the mounted /proc, or through a new procfs if the mounted one is missing,
// fake or covered.
#include "base/reopen.h"

#include "base/errno_class.h"
#include "base/mount.h"
#include "base/text.h"

#include <cerrno>
#include <cstring>
#include <linux/magic.h>
#include <utility>

namespace exeseal {
namespace {

// thread-self, because the calling thread may have its own descriptor table (unshare(CLONE_FILES)).
// /proc/self is the thread group leader's, and unusable once the leader has ended.
#define THREAD "thread-self"
#define THREAD_FDS THREAD "/fd/"

int open_mounted(UniqueFd &root) {
    int result = root.take(sys::openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (result < 0)
        return result;
    struct statfs fs;
    result = sys::fstatfs(root.get(), fs);
    if (result == 0 && fs.f_type != PROC_SUPER_MAGIC)
        result = -ENOENT;
    if (result < 0)
        root.reset();
    return result;
}

int open_uncovered(int directory, const char *path, int flags, UniqueFd &opened) {
    int result = opened.take(sys::openat2_no_xdev(directory, path, O_PATH | O_CLOEXEC | flags));
    if (result == -EXDEV) // another mount covers it
        return -ENOENT;
    return result < 0 ? result : 0;
}

// Returns -ENOENT if the two are on different mounts. Before Linux 5.8 statx(2) reports no mount
// number: if openat2(2) is missing too, a directory of the same procfs that is bound over another
// one goes unnoticed.
int check_same_mount(int directory, int opened) {
    struct statx around, found;
    int error = sys::statx(directory, "", AT_EMPTY_PATH, around);
    if (error == 0)
        error = sys::statx(opened, "", AT_EMPTY_PATH, found);
    if (error != 0)
        return error;
    bool is_same = around.stx_dev_minor == found.stx_dev_minor && around.stx_dev_major == found.stx_dev_major;
#ifdef STATX_MNT_ID
    is_same = is_same && around.stx_mnt_id == found.stx_mnt_id;
#endif
    return is_same ? 0 : -ENOENT;
}

// Opens one component; a symbolic link is not followed.
int step(int directory, const char *name, UniqueFd &opened) {
    int result = open_uncovered(directory, name, O_NOFOLLOW, opened);
    // openat2(2) requires Linux 5.6. If the error was the file's own, openat(2) returns it again.
    if (!may_be_filtered(result))
        return result;
    result = opened.take(sys::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    return result < 0 ? result : check_same_mount(directory, opened.get());
}

// The link reads "PID/task/TID". Each component is opened separately, because a symbolic link or a
// directory mounted over one of them could lead elsewhere, even to another thread of the same
// procfs.
int walk_to_thread(int root, UniqueFd &thread) {
    UniqueFd link;
    int error = step(root, THREAD, link);
    if (error < 0)
        return error;
    char text[64];
    ssize_t length = sys::readlinkat(link.get(), "", text, sizeof text - 1);
    if (length < 0)
        return static_cast<int>(length);
    text[length] = '\0';
    for (char *name = text, *end = text; end != nullptr; name = end + 1) {
        end = strchr(name, '/');
        if (end != nullptr)
            *end = '\0';
        UniqueFd next;
        error = step(thread ? thread.get() : root, name, next);
        if (error < 0)
            return error;
        thread = std::move(next);
    }
    return 0;
}

} // namespace

FdPath::FdPath(const char *directory, int fd) {
    Text(text, sizeof text) << directory << static_cast<uint64_t>(fd);
}

int Procfs::use_mounted() {
    return root_ ? 0 : open_mounted(root_);
}

int Procfs::use_detached() {
    return mount_procfs(root_);
}

// -ENAMETOOLONG: the text and its NUL do not fit.
int Procfs::read_fd_link(int fd, char *buffer, size_t size) {
    int length = with_either_root([&] { return read_fd_link_below_root(fd, buffer, size); });
    if (length < 0)
        return length;
    if (static_cast<size_t>(length) >= size)
        return -ENAMETOOLONG;
    buffer[length] = '\0';
    return 0;
}

// Tries the mounted /proc, then a new procfs. -ENOENT: neither is usable.
template <typename Open> int Procfs::with_either_root(Open open) {
    int result = use_mounted();
    if (result == 0)
        result = open();
    if (!leads_nowhere(result)) // not the errors of a missing, fake or partly covered /proc
        return result;
    if (int error = use_detached(); error < 0) // usually because this process may not mount
        return is_shortage(error) ? error : -ENOENT;
    return open();
}

int Procfs::reopen(int fd, struct statx &file, UniqueFd &opened) {
    return with_either_root([&] { return reopen_below_root(fd, file, opened); });
}

int Procfs::open_running(UniqueFd &opened) {
    return with_either_root([&] { return open_running_below_root(opened); });
}

int Procfs::open_thread(UniqueFd &thread) {
    return with_either_root([&] { return open_thread_below_root(thread); });
}

int Procfs::reopen_below_root(int fd, struct statx &file, UniqueFd &opened) {
    int result = opened.take(sys::openat(root_.get(), FdPath(THREAD_FDS, fd).text, O_RDONLY | O_CLOEXEC));
    if (result < 0)
        return result;
    struct statx found;
    result = sys::statx(opened.get(), "", AT_EMPTY_PATH, found);
    if (result == 0 && Identity(found) != Identity(file))
        result = -ENOENT; // another mount covers the entry
    if (result < 0)
        opened.reset();
    else
        file = found;
    return result;
}

int Procfs::open_thread_below_root(UniqueFd &thread) {
    int error = open_uncovered(root_.get(), THREAD, O_DIRECTORY, thread);
    return may_be_filtered(error) ? walk_to_thread(root_.get(), thread) : error;
}

int Procfs::read_fd_link_below_root(int fd, char *buffer, size_t size) {
    UniqueFd thread, fds, link;
    int error = open_thread_below_root(thread);
    if (error == 0)
        error = step(thread.get(), "fd", fds);
    if (error == 0)
        error = step(fds.get(), FdPath("", fd).text, link);
    return error < 0 ? error : static_cast<int>(sys::readlinkat(link.get(), "", buffer, size));
}

// No inode number is known that could be compared, so every component is checked, the link
// included: whatever covers it is on another mount or is not a link.
int Procfs::open_running_below_root(UniqueFd &opened) {
    UniqueFd thread, link;
    struct statx file;
    int result = open_thread_below_root(thread);
    if (result == 0)
        result = step(thread.get(), "exe", link);
    if (result == 0)
        result = sys::statx(link.get(), "", AT_EMPTY_PATH, file);
    if (result == 0 && !S_ISLNK(file.stx_mode))
        result = -ENOENT;
    if (result == 0)
        result = opened.take(sys::openat(thread.get(), "exe", O_RDONLY | O_CLOEXEC));
    return result < 0 ? result : 0;
}

bool cannot_be_reopened_here(int error) {
    return leads_nowhere(error) || may_be_filtered(error);
}

int check_proc_path(int fd, FdPath &path) {
    UniqueFd root;
    if (int result = open_mounted(root); result < 0)
        return result;
    path = FdPath("/proc/" THREAD_FDS, fd);
    struct statx file;
    int result = sys::statx(fd, "", AT_EMPTY_PATH, file);
    if (result < 0)
        return result;
    Identity wanted(file);
    result = sys::statx(AT_FDCWD, path.text, 0, file);
    if (result < 0)
        return result;
    return Identity(file) == wanted ? 0 : -ENOENT;
}

} // namespace exeseal
