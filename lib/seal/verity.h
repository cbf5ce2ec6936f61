// SPDX-License-Identifier: MIT
// fs-verity (Linux 5.4): nobody can write to the file any more, and what is read from its disk is checked against a
// digest of all of it.
#pragma once

#include "base/sys.h"
#include "exeseal.h"

namespace exeseal {

// Nobody, root included, can write to it. Its owner can still change the x bits.
constexpr uint64_t kVerityGuarantees = EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED;

// Whether nobody can cut it or add to it either: on btrfs before Linux 7.0 truncate(2) does. No where the file system
// is not believed.
bool verity_holds(long file_system);

// On a descriptor that is open for reading only. It takes write permission for the file. -ETXTBSY: somebody has it open
// for writing; -EOPNOTSUPP, -ENOTTY: not here.
int enable_verity(int fd, const struct statx &file);

// 0: the file has fs-verity, and the kernel itself says so. What an overlayfs or a FUSE server says does not count.
int measure_verity(int fd, const struct statx &file, long file_system, exeseal_digest &digest);

} // namespace exeseal
