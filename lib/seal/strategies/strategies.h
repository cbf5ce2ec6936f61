// SPDX-License-Identifier: MIT
// The strategies, one file each: strategy_NAME.cc. What those that copy have in common is in new_file.h, the others' in
// view.h.
#pragma once

#include "seal/plan.h"

namespace exeseal {

// Whether there is something to reuse; if not, it is not tried.
bool can_reuse(const Request &request);
uint64_t reuse_offers(const Request &request);
Failure reuse(Request &request, const Place &place, Sealed &sealed);

uint64_t memfd_offers(const Request &request);
Failure copy_to_memfd(Request &request, const Place &place, Sealed &sealed);

uint64_t tmpfs_offers(const Request &request);
Failure copy_to_tmpfs(Request &request, const Place &place, Sealed &sealed);

uint64_t tmpfile_offers(const Request &request);
Failure copy_to_tmpfile(Request &request, const Place &place, Sealed &sealed);

uint64_t overlay_offers(const Request &request);
Failure view_by_overlay(Request &request, const Place &place, Sealed &sealed);

uint64_t bind_offers(const Request &request);
Failure view_by_bind(Request &request, const Place &place, Sealed &sealed);

uint64_t verity_offers(const Request &request);
Failure copy_to_verity(Request &request, const Place &place, Sealed &sealed);

// Of a source that has it; if not, it is not tried.
bool has_verity(const Request &request);
uint64_t verity_view_offers(const Request &request);
Failure view_by_verity(Request &request, const Place &place, Sealed &sealed);

} // namespace exeseal
