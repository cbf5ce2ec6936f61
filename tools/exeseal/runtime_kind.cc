// SPDX-License-Identifier: MIT
// Has the table of programs that copy themselves, and searches a file for their markers.
#include "runtime_kind.h"

#include <cstring>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr const char *kNames[] = {"runc", "crun", "youki", "runsc", "lxc-start", "lxc-attach"};

// The first row that matches counts. lxc-start contains the message of liblxc, as every user of
// liblxc does; lxc-attach contains both.
constexpr RuntimeKind kKinds[] = {
    {"runc", 'l', "ibcontainer/exeseal.CloneSelfExe", "in runc create, run and exec", false, nullptr, nullptr, false},
    {"runc", 'l', "ibcontainer/dmz.CloneSelfExe", "in runc create, run and exec", false, nullptr, nullptr, false},
    // The descriptor is not a pipe, which runc finds out after it has copied itself.
    {"runc", 'r', "unc_cloned:/proc/self/exe", "in runc init", false, "init", "_LIBCONTAINER_INITPIPE=200", false},
    {"crun", 'c', "run_cloned:/proc/self/exe", "at every start", false, "--version", nullptr, true},
    {"youki", 'p', "entacle_sealed", "at every start", false, "--version", nullptr, true},
    {"lxc-attach", 'r', "e-execute lxc-attach via memory file descriptor", "at every start", false, "--version",
     nullptr, true},
    {"lxc", 'r', "e-execute liblxc via memory file descriptor", "with LXC_MEMFD_REXEC in its environment", true,
     "--version", "LXC_MEMFD_REXEC=1", true},
    {"runsc", 'g', "visor.dev/gvisor/runsc", nullptr, false, nullptr, nullptr, false},
};
constexpr size_t kKindCount = sizeof kKinds / sizeof kKinds[0];
constexpr size_t kLongestMark = 64;

bool holds(const char *bytes, size_t length, const RuntimeKind &kind) {
    size_t rest = strlen(kind.rest);
    const char *at = bytes, *end = bytes + length;
    while ((at = static_cast<const char *>(memmem(at, static_cast<size_t>(end - at), kind.rest, rest))) != nullptr) {
        if (at > bytes && at[-1] == kind.first)
            return true;
        at++;
    }
    return false;
}

const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

} // namespace

const RuntimeKind *find_runtime_kind(int fd) {
    static char window[kLongestMark + (256 << 10)]; // the end of the previous bytes, and new ones
    size_t found = kKindCount, kept = 0;
    off_t offset = 0;
    for (ssize_t got; offset < static_cast<off_t>(kLargestProgram); offset += got) {
        got = pread(fd, window + kept, sizeof window - kept, offset);
        if (got <= 0)
            break;
        size_t length = kept + static_cast<size_t>(got);
        for (size_t i = 0; i < found; i++)
            if (holds(window, length, kKinds[i]))
                found = i;
        kept = length < kLongestMark ? length : kLongestMark;
        memmove(window, window + length - kept, kept);
    }
    return found < kKindCount ? &kKinds[found] : nullptr;
}

bool is_runtime_name(const char *path) {
    constexpr const char *kBeginnings[] = {"runc", "crun", "youki", "lxc-"}; // runc-1.3, crun.real
    for (const char *name : kBeginnings)
        if (strncmp(base_name(path), name, strlen(name)) == 0)
            return true;
    return false;
}

bool starts_containers(const char *path, char *const argv[]) {
    constexpr const char *kCommands[] = {"run", "create", "exec", "restore"};
    if (!is_runtime_name(path))
        return false;
    for (char *const *argument = argv + 1; *argument != nullptr; argument++)
        for (const char *command : kCommands)
            if (strcmp(*argument, command) == 0)
                return true;
    return strncmp(base_name(path), "lxc-", 4) == 0;
}

bool has_runtime_name(const char *path) {
    for (const char *name : kNames)
        if (strcmp(base_name(path), name) == 0)
            return true;
    return false;
}

const char *runtime_name(size_t index) {
    return index < sizeof kNames / sizeof kNames[0] ? kNames[index] : nullptr;
}

} // namespace exeseal_tool
