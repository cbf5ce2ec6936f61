// SPDX-License-Identifier: MIT
// Properties of file systems by their type (statfs(2), f_type).
#pragma once

#include <cstdint>
#include <linux/magic.h>
#include <sys/statfs.h>

namespace exeseal {

// Signed in glibc, unsigned in musl.
using FileSystemType = decltype(statfs::f_type);

// Some kernel headers lack these.
constexpr uint32_t kXfsMagic = 0x58465342, kErofsMagic = 0xE0F5E1E2, kF2fsMagic = 0xF2F52010;

// File systems that reach a file only through its own inode and are implemented by the kernel
// itself. On these, leases, fs-verity and the execution of the file keep every writer out.
// Elsewhere they prove nothing: the lower file of an overlayfs is another inode, and other hosts or
// processes write to the files of network and FUSE file systems.
constexpr bool is_local(FileSystemType type) {
    switch (static_cast<uint32_t>(type)) {
    case EXT4_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case kXfsMagic:
    case kErofsMagic:
    case kF2fsMagic:
        return true;
    default:
        return false;
    }
}

// Whether files on it can share blocks and be cloned atomically: FICLONE locks both inodes
// throughout.
constexpr bool has_reflinks(FileSystemType type) {
    uint32_t kind = static_cast<uint32_t>(type);
    return kind == BTRFS_SUPER_MAGIC || kind == kXfsMagic;
}

} // namespace exeseal
