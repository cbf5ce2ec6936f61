// SPDX-License-Identifier: MIT
// Finds the directory and name of a source, and compares a view with the source.
#include "seal/strategies/view.h"

#include "base/errno_class.h"
#include "base/permission.h"

#include <cerrno>
#include <cstring>
#include <string_view>

namespace exeseal {
namespace {

constexpr const char *kPath = "the source's path";

// Splits "/dir/name" into directory and name.
int split(char *path, Location &location) {
    size_t slash = std::string_view(path).rfind('/'), length = strlen(path + slash + 1);
    if (length >= sizeof location.name)
        return -ENAMETOOLONG;
    memcpy(location.name, path + slash + 1, length + 1);
    path[slash == 0 ? 1 : slash] = '\0';
    return 0;
}

// The result of looking up the source by its path.
Failure compare(int error, const struct statx &found, const Source &source) {
    if (leads_nowhere(error) || (error == 0 && Identity(found) != Identity(source.file.stat)))
        error = -EXDEV;
    return Failure::from(error, EXESEAL_STEP_LOCATE, kPath);
}

// Through overlayfs a file keeps its inode number and its birth and modification times, but not its
// device. Files of images that were built alike may share all of these, so the comparison
// distinguishes files of one file system only.
bool shows(const struct statx &view, const struct statx &source) {
    return view.stx_ino == source.stx_ino && same_moment(view.stx_btime, source.stx_btime);
}

} // namespace

Failure locate(Request &request, Location &location) {
    if (request.source.kind != Source::Kind::File)
        return {EXESEAL_STEP_LOCATE, EOPNOTSUPP, "the source is not a file"};
    if (request.source.file.stat.stx_nlink == 0)
        return {EXESEAL_STEP_LOCATE, EXDEV, "the source is unlinked"};
    int error = request.procfs.read_fd_link(request.source.fd, location.directory, sizeof location.directory);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_LOCATE, error == -ENAMETOOLONG ? kPath : "/proc");
    std::string_view path(location.directory);
    // "/" is the root of a mount of that one file, such as a view by bind
    if (!path.starts_with('/') || path == "/")
        return {EXESEAL_STEP_LOCATE, EXDEV, "the source is unreachable"};
    return Failure::from(split(location.directory, location), EXESEAL_STEP_LOCATE, kPath);
}

Failure open_directory(const Location &location, const Source &source, Directory &directory) {
    int error = directory.fd.take(sys::openat(AT_FDCWD, location.directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct statx around = {}, found = {};
    if (error >= 0)
        error = sys::statx(directory.fd.get(), "", AT_EMPTY_PATH, around);
    if (error >= 0)
        error = sys::statx(directory.fd.get(), location.name, AT_SYMLINK_NOFOLLOW, found);
#ifdef STATX_MNT_ID
    directory.is_covered = found.stx_mnt_id != around.stx_mnt_id; // both 0 before Linux 5.8
#endif
    return compare(error, found, source);
}

Failure open_in_directory(const Directory &directory, const Location &location, const Source &source, UniqueFd &file) {
    int error = file.take(sys::openat(directory.fd.get(), location.name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct statx found = {};
    if (error >= 0)
        error = sys::statx(file.get(), "", AT_EMPTY_PATH, found);
    return compare(error, found, source);
}

// If the kernel does not say whether the mount is noexec, as the server of a FUSE file system may
// arrange, it is not taken for one that is not.
Failure check_noexec(const Source &source) {
    if (source.file.mount_error < 0)
        return Failure::from(source.file.mount_error, EXESEAL_STEP_SOURCE, "fstatfs(2)");
    bool is_noexec = (source.file.mount_flags & sys::kNoexecMount) != 0;
    return is_noexec ? Failure{EXESEAL_STEP_NOEXEC, EACCES, "the source's mount"} : Failure{};
}

Failure check_view(const Source &source, Sealed &sealed) {
    struct statx now, view;
    int view_fd = sealed.fd.get();
    int error = sys::statx(view_fd, "", AT_EMPTY_PATH, view);
    if (error == 0)
        error = sys::statx(source.fd, "", AT_EMPTY_PATH, now);
    if (error == 0 && !shows(view, now))
        error = -EXDEV;
    if (error == 0 && (view.stx_size != now.stx_size || !same_moment(view.stx_mtime, now.stx_mtime)))
        error = -ESTALE;
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_VERIFY, "view");
    struct statfs fs;
    error = sys::fstatfs(view_fd, fs);
    if (error == 0 && (fs.f_flags & sys::kReadOnlyMount) == 0)
        error = -EIO;
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_VERIFY, "read-only");
    sealed.bytes = view.stx_size;
    return Failure::from(check_may_execute(view_fd), EXESEAL_STEP_VERIFY, "x bits");
}

} // namespace exeseal
