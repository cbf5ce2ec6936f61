// SPDX-License-Identifier: MIT
#include "options.h"

#include "base/names.h"
#include "base/sys.h"

#include <algorithm>
#include <cstring>

namespace exeseal {
namespace {

// No struct comes near it; a size beyond is a mistake and would be read past the caller's memory.
constexpr size_t kLargestStruct = 4096;

constexpr uint64_t kCloneFlags =
    EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_DROP_PRIVILEGES | EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_SMALL_PAGES;
constexpr uint64_t kExecFlags = EXESEAL_EXEC_CHECK | EXESEAL_EXEC_SCRIPT | EXESEAL_EXEC_NO_NEW_PRIVS |
                                EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES | EXESEAL_EXEC_DIRECTORY |
                                EXESEAL_EXEC_UMASK | EXESEAL_EXEC_DEATH_SIGNAL | EXESEAL_EXEC_LANDLOCK |
                                EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE;

// The sizes of version 0.1, which stay when the structs grow. No padding: what is not named would not be checked.
constexpr size_t kFirstCloneOptions = 112, kFirstExecOptions = 112, kFirstResolveOptions = 8, kFirstSpawnOptions = 144;
static_assert(sizeof(exeseal_clone_options) == kFirstCloneOptions &&
              sizeof(exeseal_exec_options) == kFirstExecOptions &&
              sizeof(exeseal_resolve_options) == kFirstResolveOptions &&
              sizeof(exeseal_spawn_options) == kFirstSpawnOptions);

Failure bad(int error, const char *what) {
    return {EXESEAL_STEP_ARGUMENT, error, what};
}

template <typename Options> Failure read_struct(const Options *from, size_t size, size_t first_size, Options &options) {
    options = {};
    if (from == nullptr && size == 0)
        return {};
    if (from == nullptr || size < first_size)
        return bad(EINVAL, "options_size");
    if (size > kLargestStruct)
        return bad(E2BIG, "options_size");
    const char *bytes = reinterpret_cast<const char *>(from);
    for (size_t i = sizeof options; i < size; i++)
        if (bytes[i] != 0)
            return bad(E2BIG, "options_size");
    memcpy(&options, from, std::min(size, sizeof options));
    return {};
}

// Explicit modes, each once, behind an explicit one. What stands behind the end would be lost silently.
bool is_mode_list(uint32_t mode, const uint32_t (&fallback)[EXESEAL_CLONE_FALLBACKS]) {
    uint32_t previous = mode, seen = 1U << mode;
    for (uint32_t next : fallback) {
        bool is_end = next == EXESEAL_MODE_AUTOMATIC;
        if (!is_end && (previous == EXESEAL_MODE_AUTOMATIC || mode_name(next) == nullptr || (seen >> next & 1) != 0))
            return false;
        seen |= 1U << next;
        previous = next;
    }
    return true;
}

Failure check_directory(int fd, const char *what) {
    struct statx file;
    int error = fd < 0 ? -EBADF : sys::statx(fd, "", AT_EMPTY_PATH, file);
    if (error == 0 && !S_ISDIR(file.stx_mode))
        error = -ENOTDIR;
    return error < 0 ? bad(-error, what) : Failure{};
}

} // namespace

Failure read_clone_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options) {
    if (Failure failure = read_struct(from, size, kFirstCloneOptions, options))
        return failure;
    if ((options.flags & ~kCloneFlags) != 0)
        return bad(EINVAL, "flags");
    if ((options.require & ~known_guarantees()) != 0)
        return bad(EINVAL, "require");
    if (mode_name(options.mode) == nullptr)
        return bad(EINVAL, "mode");
    if (!is_mode_list(options.mode, options.fallback))
        return bad(EINVAL, "fallback");
    if (memchr(options.name, '\0', sizeof options.name) == nullptr)
        return bad(EINVAL, "name");
    return (options.flags & EXESEAL_CLONE_TMP_DIRFD) != 0 ? check_directory(options.tmp_dirfd, "tmp_dirfd") : Failure{};
}

Failure read_reexec_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options) {
    if (Failure failure = read_clone_options(from, size, options))
        return failure;
    if (options.mode == EXESEAL_MODE_RO_SHARED_PAGE)
        return bad(EINVAL, "mode");
    if (options.fallback[0] != EXESEAL_MODE_AUTOMATIC)
        return bad(EINVAL, "fallback");
    if ((options.flags & ~EXESEAL_CLONE_TMP_DIRFD) != 0)
        return bad(EINVAL, "flags");
    constexpr uint64_t kUnseen = EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE;
    return (options.require & kUnseen) != 0 ? bad(EINVAL, "require") : Failure{};
}

Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options) {
    if (Failure failure = read_struct(from, size, kFirstExecOptions, options))
        return failure;
    if ((options.flags & ~kExecFlags) != 0)
        return bad(EINVAL, "flags");
    auto wants = [&](uint64_t flag) { return (options.flags & flag) != 0; };
    if (options.keep_count > EXESEAL_EXEC_KEEP || (options.keep_count != 0 && !wants(EXESEAL_EXEC_CLOSE_OTHERS)))
        return bad(EINVAL, "keep_count");
    if (wants(EXESEAL_EXEC_UMASK) && (options.umask & ~0777U) != 0)
        return bad(EINVAL, "umask");
    if (wants(EXESEAL_EXEC_CAPABILITIES) && (options.ambient & ~options.inheritable) != 0)
        return bad(EINVAL, "ambient");
    if (wants(EXESEAL_EXEC_DEATH_SIGNAL) && (options.death_signal < 0 || options.death_signal >= _NSIG))
        return bad(EINVAL, "death_signal");
    return wants(EXESEAL_EXEC_DIRECTORY) ? check_directory(options.directory, "directory") : Failure{};
}

Failure read_spawn_options(const exeseal_spawn_options *from, size_t size, exeseal_spawn_options &options) {
    constexpr uint64_t kFlags = EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION;
    if (Failure failure = read_struct(from, size, kFirstSpawnOptions, options))
        return failure;
    if ((options.flags & ~kFlags) != 0 || options.reserved != 0)
        return bad(EINVAL, "flags");
    if (options.map_count > EXESEAL_SPAWN_MAP)
        return bad(EINVAL, "map_count");
    for (uint32_t i = 0; i < options.map_count; i++)
        if (options.map[i].from < 0 || options.map[i].to < 0)
            return bad(EBADF, "map");
    return {};
}

Failure read_resolve_options(const exeseal_resolve_options *from, size_t size, exeseal_resolve_options &options) {
    if (Failure failure = read_struct(from, size, kFirstResolveOptions, options))
        return failure;
    return (options.flags & ~EXESEAL_RESOLVE_SCRIPT) != 0 ? bad(EINVAL, "flags") : Failure{};
}

int check_out_struct(const void *to, size_t size, size_t first_size) {
    if (to == nullptr && size == 0)
        return 0;
    if (to == nullptr || size < first_size)
        return -EINVAL;
    return size > kLargestStruct ? -E2BIG : 0;
}

void write_out_struct(void *to, size_t size, const void *from, size_t known) {
    if (to == nullptr)
        return;
    size_t fits = std::min(size, known);
    memcpy(to, from, fits);
    memset(static_cast<char *>(to) + fits, 0, size - fits);
}

} // namespace exeseal
