// SPDX-License-Identifier: MIT
#include "reopen.h"

#include "mount.h"
#include "text.h"

#include <cerrno>
#include <linux/magic.h>

namespace exeseal {
namespace {

// The caller's thread may have a descriptor table of its own (unshare(CLONE_FILES)); /proc/self is the thread group
// leader's.
#define THREAD_FDS "thread-self/fd/"
constexpr const char *kRunning = "thread-self/exe"; // "self" is dead once the main thread has ended

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

// What a missing, fake or partly covered /proc answers, as opposed to a file that cannot be opened.
bool says_unusable(int error) {
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

// That is not for want of a right to mount.
bool is_shortage(int error) {
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
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

// -ENAMETOOLONG: it does not fit, NUL included.
int Procfs::read_fd_link(int fd, char *buffer, size_t size) {
    int length = with_either_root(
        [&] { return static_cast<int>(sys::readlinkat(root_.get(), FdPath(THREAD_FDS, fd).text, buffer, size)); });
    if (length < 0)
        return length;
    if (static_cast<size_t>(length) >= size)
        return -ENAMETOOLONG;
    buffer[length] = '\0';
    return 0;
}

// Tries the mounted /proc, then one of its own. -ENOENT: neither is usable.
template <typename Open> int Procfs::with_either_root(Open open) {
    int result = use_mounted();
    if (result == 0)
        result = open();
    if (!says_unusable(result))
        return result;
    if (int error = use_detached(); error < 0)
        return is_shortage(error) ? error : -ENOENT;
    return open();
}

int Procfs::reopen(int fd, struct statx &file, UniqueFd &opened) {
    return with_either_root([&] { return reopen_below_root(fd, file, opened); });
}

int Procfs::open_running(UniqueFd &opened) {
    return with_either_root([&] { return open_running_below_root(opened); });
}

int Procfs::reopen_below_root(int fd, struct statx &file, UniqueFd &opened) {
    int result = opened.take(sys::openat(root_.get(), FdPath(THREAD_FDS, fd).text, O_RDONLY | O_CLOEXEC));
    if (result < 0)
        return result;
    struct statx found;
    result = sys::statx(opened.get(), "", AT_EMPTY_PATH, found);
    if (result == 0 && Identity(found) != Identity(file))
        result = -ENOENT; // something is mounted over the entry
    if (result < 0)
        opened.reset();
    else
        file = found;
    return result;
}

// There is no inode to compare with, so the link itself is looked at: whatever is mounted over it is another mount's or
// no link.
int Procfs::open_running_below_root(UniqueFd &opened) {
    struct statx root, link;
    int result = sys::statx(root_.get(), "", AT_EMPTY_PATH, root);
    if (result == 0)
        result = sys::statx(root_.get(), kRunning, AT_SYMLINK_NOFOLLOW, link);
    if (result < 0)
        return result;
    if (!S_ISLNK(link.stx_mode) || root.stx_dev_minor != link.stx_dev_minor || root.stx_dev_major != link.stx_dev_major)
        return -ENOENT;
#ifdef STATX_MNT_ID
    if (root.stx_mnt_id != link.stx_mnt_id) // both 0 before Linux 5.8
        return -ENOENT;
#endif
    result = opened.take(sys::openat(root_.get(), kRunning, O_RDONLY | O_CLOEXEC));
    return result < 0 ? result : 0;
}

bool may_be_reopened(int fd) {
    return sys::has_record_lock(fd) != 1 && sys::fcntl(fd, F_GETLEASE) != F_WRLCK;
}

bool cannot_be_reopened_here(int error) {
    return says_unusable(error) || error == -EPERM || error == -EACCES || error == -ENOSYS;
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
