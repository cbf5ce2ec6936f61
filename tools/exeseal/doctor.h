// SPDX-License-Identifier: MIT
// What the doctor finds, for either form of output.
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
    bool works; // something comes out, and may be executed
    exeseal_report report;
};

// Whether a copy of somebody else's program is proven to be of one moment.
struct Stability {
    const char *source = nullptr; // a program of root's, which the modes take too; nullptr: there is none
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

// The text comes part by part, as it is found out.
void print_heading(const Diagnosis &found);
void print_strategies(const Diagnosis &found);
void print_modes(const Diagnosis &found);
void print_runtimes_heading();
void print_runtime(const Diagnosis &found, const Runtime &runtime);

void print_json(const Diagnosis &found);

} // namespace exeseal_tool
