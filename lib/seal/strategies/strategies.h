// SPDX-License-Identifier: MIT
// The strategies, one file each: strategy_NAME.cc. What those that copy have in common is in new_file.h, the others' in
// view.h.
#pragma once

#include "seal/plan.h"

namespace exeseal {

// Whether there is something to reuse; if not, it is not tried.
bool can_reuse(const Clone &clone);
uint64_t reuse_offers(const Clone &clone);
Failure reuse(Clone &clone, const Place &place, Sealed &sealed);

uint64_t memfd_offers(const Clone &clone);
Failure copy_to_memfd(Clone &clone, const Place &place, Sealed &sealed);

uint64_t tmpfs_offers(const Clone &clone);
Failure copy_to_tmpfs(Clone &clone, const Place &place, Sealed &sealed);

uint64_t tmpfile_offers(const Clone &clone);
Failure copy_to_tmpfile(Clone &clone, const Place &place, Sealed &sealed);

uint64_t overlay_offers(const Clone &clone);
Failure view_by_overlay(Clone &clone, const Place &place, Sealed &sealed);

uint64_t bind_offers(const Clone &clone);
Failure view_by_bind(Clone &clone, const Place &place, Sealed &sealed);

uint64_t verity_offers(const Clone &clone);
Failure copy_to_verity(Clone &clone, const Place &place, Sealed &sealed);

// Of a source that has it; if not, it is not tried.
bool has_verity(const Clone &clone);
uint64_t verity_view_offers(const Clone &clone);
Failure view_by_verity(Clone &clone, const Place &place, Sealed &sealed);

} // namespace exeseal
