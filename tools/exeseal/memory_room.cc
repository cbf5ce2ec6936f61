// SPDX-License-Identifier: MIT
// Reads the limits of the memory cgroups of this process. Sources: cgroups(7),
// proc_pid_mountinfo(5), and Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst of
// Linux.
#include "memory_room.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

struct Version {
    const char *before_source; // in mountinfo
    const char *limit, *usage;
    const char *reclaimable[2]; // of memory.stat: the page cache
};

constexpr Version kV1 = {
    " - cgroup ", "memory.limit_in_bytes", "memory.usage_in_bytes", {"total_inactive_file", "total_active_file"}};
constexpr Version kV2 = {" - cgroup2 ", "memory.max", "memory.current", {"inactive_file", "active_file"}};

char buffer[3 * PATH_MAX]; // two paths, and more

// Calls look(line) for each line, without its '\n', until look returns true. Lines that do not fit
// into the buffer are skipped. This code runs before each program, so it does not use stdio:
// opening the first stream allocates memory and takes longer than the kernel takes to answer.
template <typename Look> void for_each_line(const char *path, Look look) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    size_t held = 0;
    bool is_done = false, is_cut = false;
    for (ssize_t got; !is_done && (got = read(fd, buffer + held, sizeof buffer - held)) > 0;) {
        held += static_cast<size_t>(got);
        char *line = buffer, *end;
        while (!is_done && (end = static_cast<char *>(memchr(line, '\n', held))) != nullptr) {
            *end++ = '\0';
            is_done = !is_cut && look(line);
            is_cut = false;
            held -= static_cast<size_t>(end - line);
            line = end;
        }
        is_cut = is_cut || held == sizeof buffer;
        held = is_cut ? 0 : held;
        memmove(buffer, line, held);
    }
    close(fd);
}

bool is_listed(const char *word, const char *list) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != nullptr; at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

// A line is "ID:CONTROLLERS:PATH". Version 1 has the memory controller if a line names it;
// otherwise version 2 has it, whose line names no controller.
bool find_own_group(const Version *&version, char (&path)[PATH_MAX]) {
    version = nullptr;
    for_each_line("/proc/self/cgroup", [&](char *line) {
        char *controllers = strchr(line, ':'), *group = controllers != nullptr ? strchr(controllers + 1, ':') : nullptr;
        if (group == nullptr)
            return false;
        *group++ = '\0';
        bool is_v1 = is_listed("memory", ++controllers);
        if (!is_v1 && *controllers != '\0')
            return false;
        version = is_v1 ? &kV1 : &kV2;
        snprintf(path, sizeof path, "%s", group);
        return is_v1;
    });
    return version != nullptr;
}

struct Mount {
    char root[PATH_MAX]; // the cgroup at the mount point
    char point[PATH_MAX];
};

// mountinfo writes blanks and backslashes as a backslash and three octal digits. systemd uses
// backslashes in the names of units.
void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from != '\0'; to++) {
        bool is_escaped = *from == '\\' && strspn(from + 1, "01234567") >= 3;
        *to = is_escaped ? static_cast<char>((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')) : *from;
        from += is_escaped ? 4 : 1;
    }
    *to = '\0';
}

// "ID PARENT DEVICE ROOT POINT OPTIONS... - TYPE SOURCE SUPER_OPTIONS"
bool parse_mount(const char *line, const Version &version, Mount &mount) {
    char options[256];
    const char *rest = strstr(line, " - ");
    static_assert(PATH_MAX == 4096);
    if (rest == nullptr || strncmp(rest, version.before_source, strlen(version.before_source)) != 0 ||
        sscanf(rest, " - %*s %*s %255s", options) != 1 ||
        sscanf(line, "%*s %*s %*s %4095s %4095s", mount.root, mount.point) != 2)
        return false;
    unescape(mount.root);
    unescape(mount.point);
    return &version == &kV2 || is_listed("memory", options);
}

// Returns the part of path below root, or nullptr if path is not below it.
const char *below(const char *root, const char *path) {
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    bool is_below = strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
    return is_below && strstr(path, "/..") == nullptr ? path + length : nullptr;
}

// Finds the directory of the group, and returns the length of the mount point in it, or 0.
size_t find_directory(const Version &version, const char *group, char (&directory)[PATH_MAX]) {
    size_t point = 0;
    for_each_line("/proc/self/mountinfo", [&](const char *line) {
        Mount mount;
        const char *rest = parse_mount(line, version, mount) ? below(mount.root, group) : nullptr;
        if (rest == nullptr)
            return false;
        int length = snprintf(directory, sizeof directory, "%s%s", mount.point, strcmp(rest, "/") == 0 ? "" : rest);
        point = length < PATH_MAX ? strlen(mount.point) : 0;
        return true;
    });
    return point;
}

bool read_number(const char *directory, const char *name, uint64_t &number) {
    char path[PATH_MAX + 32];
    bool is_read = false;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    for_each_line(path, [&](const char *line) { return is_read = sscanf(line, "%" SCNu64, &number) == 1; });
    return is_read;
}

// The lines are "KEY NUMBER".
uint64_t read_value(const char *path, const char *key) {
    uint64_t value = 0;
    size_t length = strlen(key);
    for_each_line(path, [&](const char *line) {
        bool is_it = strncmp(line, key, length) == 0 && line[length] == ' ';
        return is_it && sscanf(line + length, "%" SCNu64, &value) == 1;
    });
    return value;
}

uint64_t difference(uint64_t limit, uint64_t used) {
    return limit > used ? limit - used : 0;
}

// Version 1 counts swap in files that may be missing, so all free swap is counted. The result is
// never too small.
uint64_t swap_left(const Version &version, const char *directory) {
    uint64_t free = read_value("/proc/meminfo", "SwapFree:") << 10, limit, used;
    bool is_limited = &version == &kV2 && read_number(directory, "memory.swap.max", limit) &&
                      read_number(directory, "memory.swap.current", used);
    return is_limited && difference(limit, used) < free ? difference(limit, used) : free;
}

uint64_t reclaimable(const Version &version, const char *directory) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/memory.stat", directory);
    return read_value(path, version.reclaimable[0]) + read_value(path, version.reclaimable[1]);
}

// The limit is "max" or a number of bytes. In version 1, the largest multiple of the page size
// means no limit.
uint64_t left_in(const Version &version, const char *directory) {
    constexpr uint64_t kNoLimit = uint64_t{1} << 62;
    uint64_t limit, used;
    bool is_limited = read_number(directory, version.limit, limit) && limit < kNoLimit;
    if (!is_limited || !read_number(directory, version.usage, used))
        return UINT64_MAX;
    used = difference(used, reclaimable(version, directory));
    return difference(limit, used) + swap_left(version, directory);
}

} // namespace

MemoryRoom find_memory_room() {
    MemoryRoom room;
    const Version *version;
    char group[PATH_MAX], directory[PATH_MAX];
    size_t point = find_own_group(version, group) ? find_directory(*version, group, directory) : 0;
    if (point == 0)
        return room;
    while (true) { // the limits of all groups above it apply too
        if (uint64_t left = left_in(*version, directory); left < room.left) {
            room.left = left;
            snprintf(room.group, sizeof room.group, "%s", directory);
        }
        if (strlen(directory) <= point)
            return room;
        *strrchr(directory, '/') = '\0';
    }
}

} // namespace exeseal_tool
