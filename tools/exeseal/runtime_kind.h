// SPDX-License-Identifier: MIT
// Which programs copy themselves, known by what their code holds: a version string does not tell what was built in.
#pragma once

#include <cstddef>
#include <cstdint>

namespace exeseal_tool {

struct RuntimeKind {
    const char *name;
    char first;       // of the mark, apart from the rest so that this program does not hold the mark itself
    const char *rest; // of the mark
    const char *when; // it copies itself; nullptr: never
    bool is_on_request;
    // How to make it look at itself, and do nothing else; nullptr: only by starting a container.
    const char *argument, *environment;
    bool ends_well; // when made to
};

// How much of a file is read or copied to judge it. The largest runtime, runsc, has less than
// 100 MiB; a sparse file can have more bytes than anybody can wait for.
constexpr uint64_t kLargestProgram = 256 << 20;

// nullptr if the first kLargestProgram bytes hold no mark, or cannot be read. The descriptor's position stays.
const RuntimeKind *find_runtime_kind(int fd);

// Whether a program of this name may be one: asked before its bytes are, which takes longer than to copy them.
bool is_runtime_name(const char *path);

// Whether a program of this name, called like this, executes what a container holds.
bool starts_containers(const char *path, char *const argv[]);

// Whether it is one of the names to look for.
bool has_runtime_name(const char *path);

// The names to look for on a host; nullptr past the end.
const char *runtime_name(size_t index);

} // namespace exeseal_tool
