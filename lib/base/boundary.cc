// SPDX-License-Identifier: MIT
// Checks and copies of structs that cross the C boundary.
#include "base/boundary.h"

#include "base/sys.h"

namespace exeseal {

Failure check_directory(int fd, const char *what) {
    struct statx file;
    int error = fd < 0 ? -EBADF : sys::statx(fd, "", AT_EMPTY_PATH, file);
    if (error == 0 && !S_ISDIR(file.stx_mode))
        error = -ENOTDIR;
    return error < 0 ? bad_argument(-error, what) : Failure{};
}

int check_out_struct(const void *to, size_t size, size_t first_size) {
    if (to == nullptr && size == 0)
        return 0;
    if (to == nullptr || size < first_size)
        return -EINVAL;
    return size > kLargestStruct ? -E2BIG : 0;
}

void write_out_struct(void *to, size_t size, const void *from, size_t known) {
    if (to == nullptr)
        return;
    size_t fits = std::min(size, known);
    memcpy(to, from, fits);
    memset(static_cast<char *>(to) + fits, 0, size - fits);
}

} // namespace exeseal
