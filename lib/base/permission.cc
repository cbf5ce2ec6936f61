// SPDX-License-Identifier: MIT
// Checks by faccessat2(2), or by permission bits and mount flags, whether this process may execute
// a file.
#include "base/permission.h"

#include "base/sys.h"

#include <cerrno>

namespace exeseal {
namespace {

int check_mode_and_mount(int fd) {
    struct statx file;
    struct statfs fs;
    int error = sys::statx(fd, "", AT_EMPTY_PATH, file);
    if (error == 0)
        error = sys::fstatfs(fd, fs);
    if (error != 0)
        return error;
    return (file.stx_mode & 0111) != 0 && (fs.f_flags & sys::kNoexecMount) == 0 ? 0 : -EACCES;
}

} // namespace

int check_may_execute(int fd) {
    int error = sys::faccessat2_execute(fd);
    return error == -ENOSYS || error == -EPERM ? check_mode_and_mount(fd) : error;
}

} // namespace exeseal
