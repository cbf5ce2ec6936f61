// SPDX-License-Identifier: MIT
// Puts a new memfd into huge pages by MADV_COLLAPSE, without privileges and whatever shmem_enabled says but "deny".
#pragma once

#include <cstdint>

namespace exeseal {

enum class HugePages { WhereHarmless, AskedFor };

// `memfd` is empty. Returns how many of its first bytes are in huge pages, all of them zero: what is written there goes
// to these pages. The file may have grown to up to `size` bytes. 0 if none could be had: only speed depends on it.
uint64_t prepare_huge_pages(int memfd, uint64_t size, HugePages wanted);

} // namespace exeseal
