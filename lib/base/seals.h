// SPDX-License-Identifier: MIT
// Which seals mean what, as masks: another tool, or a later kernel, may have added some.
#pragma once

#include "base/sys.h"
#include "exeseal.h"

namespace exeseal {

// What every peer calls sealed. Those that compare exactly (crun, LXC, runc before 1.2, youki before 0.5) take no other
// value.
constexpr int kCopySeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// A memfd made without MFD_ALLOW_SEALING and every file on tmpfs answer F_GET_SEALS with this.
constexpr int kUnsealable = F_SEAL_SEAL;

constexpr bool has_seals(int seals, int wanted) {
    return seals >= 0 && (seals & wanted) == wanted;
}

// The bytes can neither be written nor cut nor added to any more.
constexpr bool is_frozen(int seals) {
    return has_seals(seals, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

// Nothing but a memfd that can be or is sealed answers F_GET_SEALS like this.
constexpr bool is_sealable_memfd(int seals) {
    return seals >= 0 && seals != kUnsealable;
}

inline int get_seals(int fd) {
    return sys::fcntl(fd, F_GET_SEALS);
}
inline int add_seals(int fd, int seals) {
    return sys::fcntl(fd, F_ADD_SEALS, seals);
}

// What a memfd with these seals and permission bits promises, whoever made it. What nobody may execute runs nowhere.
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
