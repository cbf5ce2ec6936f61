// SPDX-License-Identifier: MIT
// Creates a file in a directory with O_TMPFILE, or under a name that is removed at once.
#include "seal/strategies/temporary.h"

#include "base/errno_class.h"
#include "base/text.h"

namespace exeseal {
namespace {

constexpr mode_t kNobody = 0; // until the file is complete, only its writer can access it
constexpr int kWriterFlags = O_RDWR | O_CLOEXEC;
constexpr int kNames = 16;

Failure open_directory(const Request &request, const Place &place, UniqueFd &directory) {
    const char *path = place.is_given ? "." : place.path;
    int base = place.is_given ? request.options.tmp_dirfd : AT_FDCWD;
    int error = directory.take(sys::openat(base, path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_CREATE);
    struct statfs fs;
    error = sys::fstatfs(directory.get(), fs);
    if (error == 0 && (fs.f_flags & sys::kNoexecMount) != 0)
        return {EXESEAL_STEP_NOEXEC, EACCES};
    return Failure::from(error, EXESEAL_STEP_CREATE);
}

// The file has a name only between open and unlink.
int create_named(int directory, UniqueFd &writer) {
    for (int i = 0; i < kNames; i++) {
        uint64_t number;
        if (int got = sys::getrandom(&number, sizeof number); got < 0)
            return got;
        char name[40];
        Text(name, sizeof name) << ".exeseal." << number;
        int result = writer.take(sys::openat(directory, name, kWriterFlags | O_CREAT | O_EXCL | O_NOFOLLOW, kNobody));
        if (result == -EEXIST)
            continue;
        return result < 0 ? result : sys::unlinkat(directory, name);
    }
    return -EEXIST;
}

// O_EXCL: nobody can link the file to a name later.
Failure create(int directory, UniqueFd &writer) {
    int error = writer.take(sys::openat(directory, ".", kWriterFlags | O_TMPFILE | O_EXCL, kNobody));
    if (lacks_tmpfile(error))
        error = create_named(directory, writer);
    return Failure::from(error, EXESEAL_STEP_CREATE);
}

// An ACL inherited from the directory would give the users that it names access to the copy as soon
// as the copy's mode raises the ACL's mask. Until then the mode is 0, which makes the mask empty.
Failure drop_inherited_acl(int writer) {
    int error = sys::fremovexattr(writer, "system.posix_acl_access");
    if (error == -ENODATA || error == -EOPNOTSUPP)
        return {};
    return Failure::from(error, EXESEAL_STEP_PERMISSIONS, "fremovexattr(2)");
}

} // namespace

Failure create_temporary(const Request &request, const Place &place, UniqueFd &writer) {
    UniqueFd directory;
    if (Failure failure = open_directory(request, place, directory))
        return failure;
    if (Failure failure = create(directory.get(), writer))
        return failure;
    return drop_inherited_acl(writer.get());
}

} // namespace exeseal
