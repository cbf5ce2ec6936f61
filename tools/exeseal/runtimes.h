// SPDX-License-Identifier: MIT
// The container runtimes of a host: whether they protect themselves from their containers, and what that is known by.
#pragma once

#include "find.h"
#include "observe.h"
#include "runtime_kind.h"

namespace exeseal_tool {

enum class Verdict { Yes, OnRequest, No, Fails, Unknown };

struct Runtime {
    Program program;
    char refusal[256] = "";            // by exeseal_resolve: the program is the first candidate, to be looked at only
    const RuntimeKind *kind = nullptr; // nullptr: its code holds no mark
    bool is_too_large = false;         // to be executed from exeseal's own descriptor: there is no room for it
    const char *unexecuted = nullptr;  // why it was not executed; nullptr: it was, or there is no need
    bool is_script = false;
    Observation by_path;     // executed as it is
    Observation from_sealed; // executed from exeseal's own descriptor
    Verdict verdict = Verdict::Unknown;
};

constexpr size_t kRuntimes = 16;

// Looks for it by exeseal_resolve; a relative path begins at the working directory. 0 or -errno.
int find_runtime(const char *name, Runtime &runtime);

// Reads and executes what was found, and closes it. No copy of more than max_bytes is made.
void judge_runtime(Runtime &runtime, uint64_t max_bytes);

bool is_seen(const Runtime &runtime);

// What re-executing itself was seen to be from: "sealed-memfd", "read-only-mount", "file"; nullptr if it was not seen.
const char *copy_name(const Runtime &runtime);

enum class Acceptance { Unknown, Seen, Refused };

// Whether it takes a sealed memfd of exeseal's for a copy that it has made.
Acceptance acceptance(const Runtime &runtime);

} // namespace exeseal_tool
