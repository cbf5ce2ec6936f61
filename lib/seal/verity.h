// SPDX-License-Identifier: MIT
// fs-verity (Linux 5.4): nobody can write to the file any more, and data read from its disk is
// verified against a digest of the whole file.
#pragma once

#include "base/sys.h"
#include "exeseal.h"
#include "seal/file_system.h"

namespace exeseal {

// Nobody, root included, can write to the file. Its owner can still change the x bits.
constexpr uint64_t kVerityGuarantees = EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED;

// Whether truncation and extension are rejected too: on btrfs before Linux 7.0 truncate(2) works.
// Returns false for file systems that are not trusted.
bool verity_holds(FileSystemType file_system);

// fd must be open for reading only. Requires write permission for the file. -ETXTBSY: the file is
// open for writing; -EOPNOTSUPP, -ENOTTY: not supported here.
int enable_verity(int fd, const struct statx &file);

// Returns 0 if the file has fs-verity and the kernel itself reports the digest. A digest from
// overlayfs or a FUSE server does not count.
int measure_verity(int fd, const struct statx &file, FileSystemType file_system, exeseal_digest &digest);

} // namespace exeseal
