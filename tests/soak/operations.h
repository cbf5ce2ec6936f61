// SPDX-License-Identifier: MIT
// The operations that soak-core repeats.
#pragma once

#include <atomic>
#include <string>

extern std::string directory;
extern int sealed_payload;

inline constexpr char kAgain[] = "again"; // argv[1] of a program that executes a copy of itself

struct Operation {
    const char *name;
    int (*run)(); // returns 0, or a negative errno
    std::atomic<unsigned long> done = 0, failed = 0, unexplained = 0;
};
inline constexpr unsigned kOperations = 11;
extern Operation operations[kOperations];

[[noreturn]] void fail(const char *what, long number);
