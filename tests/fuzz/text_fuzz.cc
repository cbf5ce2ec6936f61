// SPDX-License-Identifier: MIT
// Fuzzes the parsers of modes and guarantees against the tables of names.
#include "fuzz.h"

#include <cerrno>

using namespace exeseal::fuzz;

namespace {

void hold_mode(const std::string &text) {
    constexpr uint32_t kUnchanged = 0xfeedface;
    uint32_t mode = kUnchanged, expected = kUnchanged;
    for (uint32_t i = 0; const char *name = exeseal_mode_name(i); i++)
        expected = text == name ? i : expected;
    int result = exeseal_mode_parse(text.c_str(), &mode);
    hold(result == (expected == kUnchanged ? -EINVAL : 0), "a mode is accepted if the table has its name");
    hold(mode == expected, "the number is the table's, or is left unchanged");
}

uint64_t bit_of(std::string_view name) {
    for (uint32_t bit = 0; const char *known = exeseal_guarantee_name(bit); bit++)
        if (name == known)
            return uint64_t{1} << bit;
    return 0;
}

// Returns false if a name is unknown.
bool expect_guarantees(std::string_view text, uint64_t &bits) {
    bits = 0;
    while (!text.empty()) {
        size_t comma = text.find(',');
        uint64_t bit = bit_of(text.substr(0, comma));
        if (bit == 0)
            return false;
        bits |= bit;
        if (comma == text.npos)
            return true;
        text.remove_prefix(comma + 1);
        if (text.empty())
            return false;
    }
    return true;
}

std::string list_of(uint64_t bits) {
    std::string list;
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++)
        if ((bits >> bit & 1) != 0)
            list += (list.empty() ? "" : ",") + std::string(name);
    return list;
}

void hold_guarantees(const std::string &text) {
    constexpr uint64_t kUnchanged = 0xfeedfacefeedface;
    uint64_t bits = kUnchanged, expected, again;
    bool is_known = expect_guarantees(text, expected);
    int result = exeseal_guarantee_parse(text.c_str(), &bits);
    hold(result == (is_known ? 0 : -EINVAL), "a list is accepted if the table has each name");
    hold(bits == (is_known ? expected : kUnchanged), "the bits are the table's, or are left unchanged");
    hold(!is_known || (exeseal_guarantee_parse(list_of(bits).c_str(), &again) == 0 && again == bits),
         "the list of the bits is parsed to the same bits");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::string text = Input(data, size).text();
    hold_mode(text);
    hold_guarantees(text);
    return 0;
}
