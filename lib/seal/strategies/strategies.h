// SPDX-License-Identifier: MIT
// All strategies. What those that copy have in common is in new_file.h, the others' in view.h.
#pragma once

#include "base/names.h"
#include "seal/strategy.h"

namespace exeseal {

#define DECLARE(constant, name, record) extern const Strategy record;
EXESEAL_STRATEGIES(DECLARE)
#undef DECLARE
// The other way of strategy verity: the source itself.
extern const Strategy kVerityView;

// In the order of their numbers, from 1 on.
Strategies all_strategies();

// The outcomes that every strategy has behind its own.
std::span<const Outcome> outcomes_of_every_strategy();

Next what_follows(uint32_t strategy, const Failure &failure);

// What kReuse does, for a source that may be handed out as it is.
Failure reuse(Request &request, const Place &place, Sealed &sealed);

} // namespace exeseal
