// SPDX-License-Identifier: MIT
// Knows the programs that copy themselves by markers in their code, since a version does not say
// how a program was built.
#pragma once

#include <cstddef>
#include <cstdint>

namespace exeseal_tool {

struct RuntimeKind {
    const char *name;
    char first;       // of the marker
    const char *rest; // of the mark
    const char *when; // when it copies itself; nullptr: never
    bool is_on_request;
    // How to make it check itself and do nothing else; nullptr: only starting a container does.
    const char *argument, *environment;
    bool ends_well; // with exit status 0 then
};

// How much of a file is read or copied to judge it. The largest runtime, runsc, has less than 100
// MiB. A sparse file can have any size.
constexpr uint64_t kLargestProgram = 256 << 20;

// Returns nullptr if the first kLargestProgram bytes contain no marker or cannot be read. The file
// offset does not change.
const RuntimeKind *find_runtime_kind(int fd);

// Whether a program of this name may be a runtime. Cheap, unlike find_runtime_kind().
bool is_runtime_name(const char *path);

// Whether a program of this name with these arguments executes programs in a container.
bool starts_containers(const char *path, char *const argv[]);

// Whether the name is one of those of runtime_name().
bool has_runtime_name(const char *path);

// The names that are searched for on a host; nullptr past the last.
const char *runtime_name(size_t index);

} // namespace exeseal_tool
