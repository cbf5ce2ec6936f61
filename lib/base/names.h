// SPDX-License-Identifier: MIT
// The names of what crosses the interface, and the way back from a name.
#pragma once

#include <cstdint>
#include <string_view>

namespace exeseal {

// nullptr past the end.
const char *mode_name(uint32_t mode);
const char *strategy_name(uint32_t strategy);
const char *step_name(uint32_t step);
uint32_t step_kind(uint32_t step); // EXESEAL_KIND_NONE past the end
const char *guarantee_name(uint32_t bit);
const char *evidence_name(uint32_t evidence);

// Every bit that has a name.
uint64_t known_guarantees();

// false: not a name; the result is left as it was.
bool parse_mode(std::string_view text, uint32_t &mode);
bool parse_guarantees(std::string_view text, uint64_t &bits);

} // namespace exeseal
