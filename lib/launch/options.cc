// SPDX-License-Identifier: MIT
// Reads and checks the options of exeseal_exec_fd and exeseal_spawn_fd.
#include "launch/options.h"

#include "base/boundary.h"
#include "launch/profile.h"

#include <type_traits>

namespace exeseal {
namespace {

constexpr uint64_t kSpawnFlags = EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION;

// The sizes in version 0.1. They stay the same when the structs grow.
constexpr size_t kFirstExecOptions = 112, kFirstSpawnOptions = 144;
static_assert(sizeof(exeseal_exec_options) >= kFirstExecOptions && sizeof(exeseal_spawn_options) >= kFirstSpawnOptions);

// The structs have no padding: padding bytes would not be checked.
static_assert(std::has_unique_object_representations_v<exeseal_exec_options> &&
              std::has_unique_object_representations_v<exeseal_spawn_options>);

} // namespace

Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options) {
    if (Failure failure = read_struct(from, size, kFirstExecOptions, options))
        return failure;
    if ((options.flags & ~known_exec_flags()) != 0)
        return bad_argument(EINVAL, "flags");
    if (options.keep_count != 0 && (options.flags & EXESEAL_EXEC_CLOSE_OTHERS) == 0)
        return bad_argument(EINVAL, "keep_count");
    return check_values(options);
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
