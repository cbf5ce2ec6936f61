// SPDX-License-Identifier: MIT
#include "base/names.h"

#include "exeseal.h"

#include <bit>
#include <cerrno>
#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace exeseal;

namespace {

using NameOf = const char *(*)(uint32_t);

struct List {
    const char *what;
    NameOf name_of;
    std::vector<std::pair<uint32_t, const char *>> names;
};

uint32_t bit_of(uint64_t guarantee) {
    return static_cast<uint32_t>(std::countr_zero(guarantee));
}

const List kLists[] = {
    {"mode",
     exeseal_mode_name,
     {{EXESEAL_MODE_AUTOMATIC, ""},
      {EXESEAL_MODE_INDEPENDENT_DATA_COPY, "independent-data-copy"},
      {EXESEAL_MODE_RO_SHARED_PAGE, "ro-shared-page"}}},
    {"strategy",
     exeseal_strategy_name,
     {{EXESEAL_STRATEGY_NONE, "none"},
      {EXESEAL_STRATEGY_REUSE, "reuse"},
      {EXESEAL_STRATEGY_MEMFD, "memfd"},
      {EXESEAL_STRATEGY_TMPFILE, "tmpfile"},
      {EXESEAL_STRATEGY_TMPFS, "tmpfs"},
      {EXESEAL_STRATEGY_OVERLAY, "overlay"},
      {EXESEAL_STRATEGY_BIND, "bind"},
      {EXESEAL_STRATEGY_VERITY, "verity"}}},
    {"step",
     exeseal_step_name,
     {{EXESEAL_STEP_DONE, "done"},
      {EXESEAL_STEP_ARGUMENT, "argument"},
      {EXESEAL_STEP_SOURCE, "source"},
      {EXESEAL_STEP_PRIVILEGES, "privileges"},
      {EXESEAL_STEP_LIMIT, "limit"},
      {EXESEAL_STEP_REQUIRE, "require"},
      {EXESEAL_STEP_STABILITY, "stability"},
      {EXESEAL_STEP_NOEXEC, "noexec"},
      {EXESEAL_STEP_CREATE, "create"},
      {EXESEAL_STEP_COPY, "copy"},
      {EXESEAL_STEP_PERMISSIONS, "permissions"},
      {EXESEAL_STEP_SEAL, "seal"},
      {EXESEAL_STEP_REOPEN, "reopen"},
      {EXESEAL_STEP_VERIFY, "verify"},
      {EXESEAL_STEP_NO_NEW_PRIVS, "no-new-privs"},
      {EXESEAL_STEP_CLOSE_OTHERS, "close-others"},
      {EXESEAL_STEP_EXECVEAT, "execveat"},
      {EXESEAL_STEP_PROC_EXEC, "proc-exec"},
      {EXESEAL_STEP_SCRIPT, "script"},
      {EXESEAL_STEP_INTERPRETER, "interpreter"},
      {EXESEAL_STEP_ARCHITECTURE, "architecture"},
      {EXESEAL_STEP_FORMAT, "format"},
      {EXESEAL_STEP_LOCATE, "locate"},
      {EXESEAL_STEP_MOUNT, "mount"},
      {EXESEAL_STEP_READ_ONLY, "read-only"},
      {EXESEAL_STEP_CAPABILITIES, "capabilities"},
      {EXESEAL_STEP_DIRECTORY, "directory"},
      {EXESEAL_STEP_DEATH_SIGNAL, "death-signal"},
      {EXESEAL_STEP_LANDLOCK, "landlock"},
      {EXESEAL_STEP_SPAWN, "spawn"},
      {EXESEAL_STEP_POLICY, "policy"}}},
    {"guarantee",
     exeseal_guarantee_name,
     {{bit_of(EXESEAL_GUARANTEE_READ_ONLY), "read-only"},
      {bit_of(EXESEAL_GUARANTEE_SEALED), "sealed"},
      {bit_of(EXESEAL_GUARANTEE_X_SEALED), "x-sealed"},
      {bit_of(EXESEAL_GUARANTEE_OWN_PAGES), "own-pages"},
      {bit_of(EXESEAL_GUARANTEE_PEER_SEALED), "peer-sealed"},
      {bit_of(EXESEAL_GUARANTEE_LANDLOCK), "landlock"},
      {bit_of(EXESEAL_GUARANTEE_STABLE), "stable"}}},
    {"evidence",
     exeseal_evidence_name,
     {{EXESEAL_EVIDENCE_NONE, "none"},
      {EXESEAL_EVIDENCE_TIMES, "times"},
      {EXESEAL_EVIDENCE_LEASE, "lease"},
      {EXESEAL_EVIDENCE_SEALS, "seals"},
      {EXESEAL_EVIDENCE_RUNNING, "running"},
      {EXESEAL_EVIDENCE_MEMORY, "memory"},
      {EXESEAL_EVIDENCE_SNAPSHOT, "snapshot"},
      {EXESEAL_EVIDENCE_VERITY, "verity"}}},
};

constexpr uint64_t kUntouched = 0x5eed;

} // namespace

TEST(Names, BelongToTheNumbersOfTheHeader) {
    for (const List &list : kLists)
        for (auto [number, name] : list.names)
            EXPECT_STREQ(list.name_of(number), name) << list.what << " " << number;
}

TEST(Names, EndWithNull) {
    for (const List &list : kLists) {
        auto count = static_cast<uint32_t>(list.names.size());
        for (uint32_t number = 0; number < count; number++)
            EXPECT_NE(list.name_of(number), nullptr) << list.what << " " << number;
        for (uint32_t number : {count, count + 1, uint32_t{0x7fffffff}, uint32_t{0x80000000}, UINT32_MAX})
            EXPECT_EQ(list.name_of(number), nullptr) << list.what << " " << number;
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

TEST(ModeParse, RefusesWhatIsNoName) {
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

TEST(GuaranteeParse, RefusesWhatIsNoList) {
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
