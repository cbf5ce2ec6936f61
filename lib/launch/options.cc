// SPDX-License-Identifier: MIT
// Reads and checks the options of an execution and of a child.
#include "launch/options.h"

#include "base/boundary.h"

#include <csignal>

namespace exeseal {
namespace {

constexpr uint64_t kExecFlags = EXESEAL_EXEC_CHECK | EXESEAL_EXEC_SCRIPT | EXESEAL_EXEC_NO_NEW_PRIVS |
                                EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES | EXESEAL_EXEC_DIRECTORY |
                                EXESEAL_EXEC_UMASK | EXESEAL_EXEC_DEATH_SIGNAL | EXESEAL_EXEC_LANDLOCK |
                                EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE;
constexpr uint64_t kSpawnFlags = EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION;

// The sizes of version 0.1, which stay when the structs grow. No padding: what is not named would not be checked.
constexpr size_t kFirstExecOptions = 112, kFirstSpawnOptions = 144;
static_assert(sizeof(exeseal_exec_options) == kFirstExecOptions && sizeof(exeseal_spawn_options) == kFirstSpawnOptions);

} // namespace

Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options) {
    if (Failure failure = read_struct(from, size, kFirstExecOptions, options))
        return failure;
    if ((options.flags & ~kExecFlags) != 0)
        return bad_argument(EINVAL, "flags");
    auto wants = [&](uint64_t flag) { return (options.flags & flag) != 0; };
    if (options.keep_count > EXESEAL_EXEC_KEEP || (options.keep_count != 0 && !wants(EXESEAL_EXEC_CLOSE_OTHERS)))
        return bad_argument(EINVAL, "keep_count");
    if (wants(EXESEAL_EXEC_UMASK) && (options.umask & ~0777U) != 0)
        return bad_argument(EINVAL, "umask");
    if (wants(EXESEAL_EXEC_CAPABILITIES) && (options.ambient & ~options.inheritable) != 0)
        return bad_argument(EINVAL, "ambient");
    if (wants(EXESEAL_EXEC_DEATH_SIGNAL) && (options.death_signal < 0 || options.death_signal >= _NSIG))
        return bad_argument(EINVAL, "death_signal");
    return wants(EXESEAL_EXEC_DIRECTORY) ? check_directory(options.directory, "directory") : Failure{};
}

Failure read_spawn_options(const exeseal_spawn_options *from, size_t size, exeseal_spawn_options &options) {
    if (Failure failure = read_struct(from, size, kFirstSpawnOptions, options))
        return failure;
    if ((options.flags & ~kSpawnFlags) != 0 || options.reserved != 0)
        return bad_argument(EINVAL, "flags");
    if (options.map_count > EXESEAL_SPAWN_MAP)
        return bad_argument(EINVAL, "map_count");
    for (uint32_t i = 0; i < options.map_count; i++)
        if (options.map[i].from < 0 || options.map[i].to < 0)
            return bad_argument(EBADF, "map");
    return {};
}

} // namespace exeseal
