// SPDX-License-Identifier: MIT
#include "base/errno_name.h"
#include "base/names.h"

#include "exeseal.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <string>

using namespace exeseal;

namespace {

using NameOf = const char *(*)(uint32_t);

struct List {
    const char *prefix; // the prefix of the constants in the header
    NameOf name_of;
};

const List kLists[] = {
    {"MODE", exeseal_mode_name},           {"STRATEGY", exeseal_strategy_name}, {"STEP", exeseal_step_name},
    {"GUARANTEE", exeseal_guarantee_name}, {"EVIDENCE", exeseal_evidence_name},
};

// NO_NEW_PRIVS is "no-new-privs".
std::string name_for(const std::string &constant) {
    std::string name;
    for (char c : constant)
        name += c == '_' ? '-' : static_cast<char>(tolower(c));
    return constant == "AUTOMATIC" ? "" : name;
}

// The number (or bit) and name of every constant of this list in the header.
std::map<uint32_t, std::string> constants_of(const List &list) {
    std::map<uint32_t, std::string> constants;
    const std::regex define(std::string("#define EXESEAL_") + list.prefix +
                            R"(_(\w+) (?:\(\(uint64_t\)1 << )?(\d+).*)");
    std::ifstream header(SOURCE_ROOT "/lib/include/exeseal.h");
    std::smatch match;
    for (std::string line; std::getline(header, line);)
        if (std::regex_match(line, match, define))
            constants[static_cast<uint32_t>(std::stoul(match[2]))] = match[1];
    return constants;
}

constexpr uint64_t kUntouched = 0x5eed;

} // namespace

TEST(Names, BelongToTheNumbersOfTheHeader) {
    for (const List &list : kLists) {
        std::map<uint32_t, std::string> constants = constants_of(list);
        EXPECT_GT(constants.size(), 2u) << list.prefix;
        for (auto &[number, constant] : constants)
            EXPECT_STREQ(list.name_of(number), name_for(constant).c_str()) << list.prefix << " " << number;
    }
}

TEST(Names, EndWithNull) {
    for (const List &list : kLists) {
        auto count = static_cast<uint32_t>(constants_of(list).size());
        for (uint32_t number = 0; number < count; number++)
            EXPECT_NE(list.name_of(number), nullptr) << list.prefix << " " << number;
        for (uint32_t number : {count, count + 1, uint32_t{0x7fffffff}, uint32_t{0x80000000}, UINT32_MAX})
            EXPECT_EQ(list.name_of(number), nullptr) << list.prefix << " " << number;
    }
}

TEST(Names, AreKnownGuaranteesExactlyWhereTheyAreBits) {
    EXPECT_EQ(known_guarantees(), 0x7fu);
}

TEST(ModeParse, TakesEveryName) {
    for (uint32_t number = 0; const char *name = exeseal_mode_name(number); number++) {
        uint32_t mode = kUntouched;
        EXPECT_EQ(exeseal_mode_parse(name, &mode), 0) << name;
        EXPECT_EQ(mode, number) << name;
    }
}

TEST(ModeParse, RejectsOtherText) {
    for (const char *text :
         {" ", "independent-data-cop", "independent-data-copyy", " independent-data-copy", "independent-data-copy ",
          "Independent-Data-Copy", "independent_data_copy", "independent-data-copy,", "ro-shared-page\n", "ro-shared",
          "automatic", "0", "1", "none"}) {
        uint32_t mode = kUntouched;
        EXPECT_EQ(exeseal_mode_parse(text, &mode), -EINVAL) << text;
        EXPECT_EQ(mode, kUntouched) << text;
    }
    uint32_t mode = kUntouched;
    EXPECT_EQ(exeseal_mode_parse(nullptr, &mode), -EINVAL);
    EXPECT_EQ(exeseal_mode_parse("", nullptr), -EINVAL);
    EXPECT_EQ(mode, kUntouched);
}

TEST(ModeParse, RefusesEveryStringOfOneOrTwoBytes) {
    uint32_t mode = kUntouched;
    for (int first = 0; first < 256; first++) {
        char text[2] = {static_cast<char>(first), 0};
        EXPECT_FALSE(parse_mode({text, 1}, mode)) << first;
        for (int second = 0; second < 256; second++) {
            text[1] = static_cast<char>(second);
            EXPECT_FALSE(parse_mode({text, 2}, mode)) << first << " " << second;
        }
    }
    EXPECT_EQ(mode, kUntouched);
    EXPECT_TRUE(parse_mode("", mode));
}

TEST(GuaranteeParse, TakesEveryName) {
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++) {
        uint64_t bits = kUntouched;
        EXPECT_EQ(exeseal_guarantee_parse(name, &bits), 0) << name;
        EXPECT_EQ(bits, uint64_t{1} << bit) << name;
    }
}

TEST(GuaranteeParse, TakesLists) {
    std::string all;
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++)
        all += (bit == 0 ? "" : ",") + std::string(name);
    const std::pair<std::string, uint64_t> lists[] = {
        {"", 0},
        {"sealed,own-pages", EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES},
        {"own-pages,sealed", EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES},
        {"sealed,sealed", EXESEAL_GUARANTEE_SEALED},
        {all, known_guarantees()},
    };
    for (auto &[text, wanted] : lists) {
        uint64_t bits = kUntouched;
        EXPECT_EQ(exeseal_guarantee_parse(text.c_str(), &bits), 0) << text;
        EXPECT_EQ(bits, wanted) << text;
    }
}

TEST(GuaranteeParse, RejectsMalformedLists) {
    for (const char *text :
         {",", "sealed,", ",sealed", "sealed,,stable", "sealed, stable", " sealed", "sealed ", "seal", "sealedd",
          "Sealed", "sealed;stable", "sealed,unknown", "unknown,sealed", "all", "0"}) {
        uint64_t bits = kUntouched;
        EXPECT_EQ(exeseal_guarantee_parse(text, &bits), -EINVAL) << text;
        EXPECT_EQ(bits, kUntouched) << text;
    }
    uint64_t bits = kUntouched;
    EXPECT_EQ(exeseal_guarantee_parse(nullptr, &bits), -EINVAL);
    EXPECT_EQ(exeseal_guarantee_parse("", nullptr), -EINVAL);
}

TEST(Names, OfErrnosAreThoseOfLibc) {
    int named = 0;
    for (int error = -1; error < 4096; error++)
        if (const char *name = errno_name(error)) {
            EXPECT_STREQ(name, strerrorname_np(error)) << error;
            named++;
        }
    EXPECT_GT(named, 40);
}
