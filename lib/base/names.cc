// SPDX-License-Identifier: MIT
// The tables of names, in the order of the numbers.
#include "base/names.h"

#include "exeseal.h"

#include <iterator>

namespace exeseal {
namespace {

// Each list stands in the order of its numbers in exeseal.h.
constexpr const char *kModes[] = {"", "independent-data-copy", "ro-shared-page"};
constexpr const char *kStrategies[] = {"none", "reuse", "memfd", "tmpfile", "tmpfs", "overlay", "bind", "verity"};
constexpr struct {
    const char *name;
    uint32_t kind;
} kSteps[] = {
    {"done", EXESEAL_KIND_NONE},           {"argument", EXESEAL_KIND_ARGUMENT},   {"source", EXESEAL_KIND_SOURCE},
    {"privileges", EXESEAL_KIND_SOURCE},   {"limit", EXESEAL_KIND_SEALING},       {"require", EXESEAL_KIND_SEALING},
    {"stability", EXESEAL_KIND_SEALING},   {"noexec", EXESEAL_KIND_SEALING},      {"create", EXESEAL_KIND_SEALING},
    {"copy", EXESEAL_KIND_SEALING},        {"permissions", EXESEAL_KIND_SEALING}, {"seal", EXESEAL_KIND_SEALING},
    {"reopen", EXESEAL_KIND_SEALING},      {"verify", EXESEAL_KIND_SEALING},      {"no-new-privs", EXESEAL_KIND_LAUNCH},
    {"close-others", EXESEAL_KIND_LAUNCH}, {"execveat", EXESEAL_KIND_EXECUTION},  {"proc-exec", EXESEAL_KIND_EXECUTION},
    {"script", EXESEAL_KIND_CAUSE},        {"interpreter", EXESEAL_KIND_CAUSE},   {"architecture", EXESEAL_KIND_CAUSE},
    {"format", EXESEAL_KIND_CAUSE},        {"locate", EXESEAL_KIND_SEALING},      {"mount", EXESEAL_KIND_SEALING},
    {"read-only", EXESEAL_KIND_SEALING},   {"capabilities", EXESEAL_KIND_LAUNCH}, {"directory", EXESEAL_KIND_LAUNCH},
    {"death-signal", EXESEAL_KIND_LAUNCH}, {"landlock", EXESEAL_KIND_LAUNCH},     {"spawn", EXESEAL_KIND_LAUNCH},
    {"policy", EXESEAL_KIND_CAUSE},
};
constexpr const char *kGuarantees[] = {"read-only",   "sealed",   "x-sealed", "own-pages",
                                       "peer-sealed", "landlock", "stable"};
constexpr const char *kEvidence[] = {"none", "times", "lease", "seals", "running", "memory", "snapshot", "verity"};

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
