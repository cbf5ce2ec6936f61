// SPDX-License-Identifier: MIT
// What is known of file systems by their type (statfs(2), f_type).
#pragma once

#include <cstdint>
#include <linux/magic.h>

namespace exeseal {

// Younger than some kernel headers.
constexpr uint32_t kXfsMagic = 0x58465342, kErofsMagic = 0xE0F5E1E2, kF2fsMagic = 0xF2F52010;

// File systems on which a file is reached through its own inode alone and the kernel itself answers for it, so that
// leases, fs-verity and being executed keep every writer out. Not overlayfs (the lower file is another inode), not FUSE
// and network file systems (others write to them): those give answers that prove nothing.
constexpr bool is_local(long type) {
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

// Whether files may share blocks there, and be cloned in one moment: both inodes are locked for all of it.
constexpr bool has_reflinks(long type) {
    uint32_t kind = static_cast<uint32_t>(type);
    return kind == BTRFS_SUPER_MAGIC || kind == kXfsMagic;
}

} // namespace exeseal
