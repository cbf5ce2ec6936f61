// SPDX-License-Identifier: MIT
// The findings of the doctor, for both forms of its output.
#pragma once

#include "cause.h"
#include "huge_pages.h"
#include "memory_room.h"
#include "runtimes.h"

namespace exeseal_tool {

constexpr size_t kStrategies = 16;

struct StrategyFinding {
    uint32_t id;
    bool works;
    exeseal_report report;
};

struct ModeFinding {
    const char *mode;
    bool works; // there is a result, and it can be executed
    exeseal_report report;
};

// Whether a copy of a program of another user is proven to be of one moment.
struct Stability {
    // a program of root, which the modes use too; nullptr if none was found
    const char *source = nullptr;
    bool holds;
    exeseal_report report;
};

struct Diagnosis {
    Stability stability;
    MemoryRoom room;
    HugePages huge;
    StrategyFinding strategy[kStrategies];
    size_t strategies;
    ModeFinding mode[4];
    size_t modes;
    Runtime runtime[kRuntimes];
    size_t runtimes;
};

constexpr bool is_working(const Diagnosis &found) {
    return found.modes > 0 && found.mode[0].works; // the automatic one
}

bool does_memfd_run(const Diagnosis &found);

// The text is printed in parts.
void print_heading(const Diagnosis &found);
void print_strategies(const Diagnosis &found);
void print_modes(const Diagnosis &found);
void print_runtimes_heading();
void print_runtime(const Diagnosis &found, const Runtime &runtime);

void print_json(const Diagnosis &found);

} // namespace exeseal_tool
