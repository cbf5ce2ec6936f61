// SPDX-License-Identifier: MIT
// The tables of names, in the order of the numbers.
#include "base/names.h"

#include "exeseal.h"

#include <bit>
#include <initializer_list>
#include <iterator>

namespace exeseal {
namespace {

#define NAME(constant, name, ...) name,
#define STEP(constant, name, kind) {name, EXESEAL_KIND_##kind},

constexpr const char *kModes[] = {EXESEAL_MODES(NAME)};
constexpr const char *kStrategies[] = {"none", EXESEAL_STRATEGIES(NAME)};
constexpr struct {
    const char *name;
    uint32_t kind;
} kSteps[] = {EXESEAL_STEPS(STEP)};
constexpr const char *kGuarantees[] = {EXESEAL_GUARANTEES(NAME)};
constexpr const char *kEvidence[] = {EXESEAL_EVIDENCES(NAME)};

#define MODE_NUMBER(constant, ...) EXESEAL_MODE_##constant,
#define STRATEGY_NUMBER(constant, ...) EXESEAL_STRATEGY_##constant,
#define STEP_NUMBER(constant, ...) EXESEAL_STEP_##constant,
#define GUARANTEE_NUMBER(constant, ...) std::countr_zero(EXESEAL_GUARANTEE_##constant),
#define EVIDENCE_NUMBER(constant, ...) EXESEAL_EVIDENCE_##constant,

constexpr bool count_from(int number, std::initializer_list<int> constants) {
    for (int constant : constants)
        if (constant != number++)
            return false;
    return true;
}
static_assert(count_from(0, {EXESEAL_MODES(MODE_NUMBER)}));
static_assert(count_from(1, {EXESEAL_STRATEGIES(STRATEGY_NUMBER)}));
static_assert(count_from(0, {EXESEAL_STEPS(STEP_NUMBER)}));
static_assert(count_from(0, {EXESEAL_GUARANTEES(GUARANTEE_NUMBER)}));
static_assert(count_from(0, {EXESEAL_EVIDENCES(EVIDENCE_NUMBER)}));

template <size_t N> const char *at(const char *const (&list)[N], uint32_t index) {
    return index < N ? list[index] : nullptr;
}

template <size_t N> bool find(const char *const (&list)[N], std::string_view text, uint32_t &index) {
    for (uint32_t i = 0; i < N; i++) {
        if (text == list[i]) {
            index = i;
            return true;
        }
    }
    return false;
}

} // namespace

const char *mode_name(uint32_t mode) {
    return at(kModes, mode);
}
const char *strategy_name(uint32_t strategy) {
    return at(kStrategies, strategy);
}
const char *step_name(uint32_t step) {
    return step < std::size(kSteps) ? kSteps[step].name : nullptr;
}
uint32_t step_kind(uint32_t step) {
    return step < std::size(kSteps) ? kSteps[step].kind : EXESEAL_KIND_NONE;
}
const char *guarantee_name(uint32_t bit) {
    return at(kGuarantees, bit);
}
const char *evidence_name(uint32_t evidence) {
    return at(kEvidence, evidence);
}

uint64_t known_guarantees() {
    return (uint64_t{1} << (sizeof kGuarantees / sizeof *kGuarantees)) - 1;
}

bool parse_mode(std::string_view text, uint32_t &mode) {
    return find(kModes, text, mode);
}

bool parse_guarantees(std::string_view text, uint64_t &bits) {
    uint64_t found = 0;
    while (!text.empty()) {
        size_t comma = text.find(',');
        uint32_t bit = 0;
        std::string_view name(text.data(), comma == text.npos ? text.size() : comma);
        if (!find(kGuarantees, name, bit))
            return false;
        found |= uint64_t{1} << bit;
        if (comma == text.npos)
            break;
        text.remove_prefix(comma + 1);
        if (text.empty())
            return false; // a trailing comma
    }
    bits = found;
    return true;
}

} // namespace exeseal
