// SPDX-License-Identifier: MIT
// What seals mean. Compare them as masks: another tool or a later kernel may have added some.
#pragma once

#include "base/sys.h"
#include "exeseal.h"

namespace exeseal {

// The seals that every peer accepts. Peers that compare exactly (crun, LXC, runc before 1.2, youki
// before 0.5) accept no other value.
constexpr int kCopySeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// F_GET_SEALS returns this for a memfd created without MFD_ALLOW_SEALING, and for every file on
// tmpfs.
constexpr int kUnsealable = F_SEAL_SEAL;

constexpr bool has_seals(int seals, int wanted) {
    return seals >= 0 && (seals & wanted) == wanted;
}

// The file can no longer be written, truncated or extended.
constexpr bool is_frozen(int seals) {
    return has_seals(seals, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

// F_GET_SEALS returns such a value only for a memfd that can be sealed or is sealed.
constexpr bool is_sealable_memfd(int seals) {
    return seals >= 0 && seals != kUnsealable;
}

inline int get_seals(int fd) {
    return sys::fcntl(fd, F_GET_SEALS);
}
inline int add_seals(int fd, int seals) {
    return sys::fcntl(fd, F_ADD_SEALS, seals);
}

// The guarantees of a memfd with these seals and permission bits, no matter which program created
// it. Without an x bit nobody can execute it, so LANDLOCK and PEER_SEALED are not among them.
constexpr uint64_t memfd_guarantees(int seals, uint32_t permissions) {
    if (!has_seals(seals, kCopySeals))
        return 0;
    uint64_t bits = EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED;
    if (has_seals(seals, F_SEAL_EXEC))
        bits |= EXESEAL_GUARANTEE_X_SEALED;
    if ((permissions & 0111) == 0)
        return bits;
    return bits | EXESEAL_GUARANTEE_LANDLOCK | (seals == kCopySeals ? EXESEAL_GUARANTEE_PEER_SEALED : 0);
}

} // namespace exeseal
