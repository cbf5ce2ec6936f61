// SPDX-License-Identifier: MIT
// Enables and measures fs-verity, and knows which file systems implement it securely.
#include "seal/verity.h"

#include "seal/file_system.h"
#include "seal/kernel_version.h"

#include <cerrno>

namespace exeseal {

// truncate(2) does not open the file, so each file system had to reject it itself, and btrfs did
// not. Since Linux 7.0 the kernel rejects it for all file systems (commit e9734653).
bool verity_holds(FileSystemType file_system) {
    if (!is_local(file_system)) // a FUSE server may report anything
        return false;
    uint32_t type = static_cast<uint32_t>(file_system);
    if (type == EXT4_SUPER_MAGIC || type == kF2fsMagic)
        return true;
    return !kernel_version().is_before(7, 0);
}

// The digest covers blocks of this size: the file system must support it, and before Linux 6.3 it
// must be the page size.
int enable_verity(int fd, const struct statx &file) {
    return sys::ioctl_enable_verity(fd, file.stx_blksize);
}

// Checks the attribute first, so that an ordinary file costs no further system call.
int measure_verity(int fd, const struct statx &file, FileSystemType file_system, exeseal_digest &digest) {
    digest = {};
    if ((file.stx_attributes & STATX_ATTR_VERITY) == 0 || !is_local(file_system))
        return -ENODATA;
    uint8_t value[sizeof digest.value];
    uint16_t algorithm = 0, size = sizeof value;
    if (int error = sys::ioctl_measure_verity(fd, algorithm, value, size); error < 0)
        return error;
    digest.algorithm = algorithm;
    digest.size = size;
    for (uint16_t i = 0; i < size; i++)
        digest.value[i] = value[i];
    return 0;
}

} // namespace exeseal
