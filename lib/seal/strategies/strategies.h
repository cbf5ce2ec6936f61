// SPDX-License-Identifier: MIT
// All strategies. new_file.h has the parts that the copies share, view.h those of the views.
#pragma once

#include "base/names.h"
#include "seal/strategy.h"

namespace exeseal {

#define DECLARE(constant, name, record) extern const Strategy record;
EXESEAL_STRATEGIES(DECLARE)
#undef DECLARE
// Strategy verity as a view: the source itself.
extern const Strategy kVerityView;

// The strategies in the order of their numbers, from 1 on.
Strategies all_strategies();

// The outcomes of every strategy, which are searched after its own.
std::span<const Outcome> outcomes_of_every_strategy();

Next what_follows(uint32_t strategy, const Failure &failure);

// Does what kReuse does, for a source that may be returned as is.
Failure reuse(Request &request, const Place &place, Sealed &sealed);

} // namespace exeseal
