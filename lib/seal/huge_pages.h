// SPDX-License-Identifier: MIT
// Gives a new memfd huge pages by MADV_COLLAPSE: requires no privileges, and works with every
// setting of shmem_enabled but "deny".
#pragma once

#include <cstdint>

namespace exeseal {

enum class HugePages { WhereHarmless, AskedFor };

// `memfd` must be empty. Returns how many of its first bytes are in huge pages, all of them zero;
// data written there stays in these pages. The file may have grown to at most `size` bytes. 0: no
// huge pages, which costs speed only.
uint64_t prepare_huge_pages(int memfd, uint64_t size, HugePages wanted);

} // namespace exeseal
