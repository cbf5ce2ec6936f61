// SPDX-License-Identifier: MIT
// Finds the container runtimes of a host, and whether they protect themselves from their
// containers.
#pragma once

#include "find.h"
#include "observe.h"
#include "runtime_kind.h"

namespace exeseal_tool {

enum class Verdict { Yes, OnRequest, No, Fails, Unknown };

struct Runtime {
    Program program;
    // why exeseal_resolve rejected each candidate; the program is the first one
    char refusal[256] = "";
    const RuntimeKind *kind = nullptr; // nullptr: its code contains no marker
    bool is_too_large = false;         // to be copied into a memfd of exeseal
    // why it was not executed; nullptr: it was, or it need not be
    const char *unexecuted = nullptr;
    bool is_script = false;
    Observation by_path;     // executed from its path
    Observation from_sealed; // executed from a sealed memfd of exeseal
    Verdict verdict = Verdict::Unknown;
};

constexpr size_t kRuntimes = 16;

// Searches by exeseal_resolve. A relative path is resolved from the working directory. Returns 0 or
// -errno.
int find_runtime(const char *name, Runtime &runtime);

// Reads and executes the runtime, and closes it. Copies at most max_bytes.
void judge_runtime(Runtime &runtime, uint64_t max_bytes);

bool is_seen(const Runtime &runtime);

// Returns what the runtime executed itself from: "sealed-memfd", "read-only-mount" or "file";
// nullptr if it was not seen.
const char *copy_name(const Runtime &runtime);

enum class Acceptance { Unknown, Seen, Refused };

// Whether the runtime accepts a sealed memfd of exeseal as its own copy.
Acceptance acceptance(const Runtime &runtime);

} // namespace exeseal_tool
