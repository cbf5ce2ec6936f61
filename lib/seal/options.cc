// SPDX-License-Identifier: MIT
// Checks the options of a clone.
#include "seal/options.h"

#include "base/boundary.h"
#include "base/names.h"

namespace exeseal {
namespace {

constexpr uint64_t kPages = EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES;
constexpr uint64_t kFlags =
    EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_DROP_PRIVILEGES | EXESEAL_CLONE_RECLAIMABLE | kPages;

// The size in version 0.1. It does not change when the struct grows. The struct must have no
// padding, which would not be checked.
constexpr size_t kFirstCloneOptions = 112;
static_assert(sizeof(exeseal_clone_options) == kFirstCloneOptions);

// Accepts explicit modes, each once, after an explicit one. A mode after the end of the list would
// be ignored silently.
bool is_mode_list(uint32_t mode, const uint32_t (&fallback)[EXESEAL_CLONE_FALLBACKS]) {
    uint32_t previous = mode, seen = 1U << mode;
    for (uint32_t next : fallback) {
        bool is_end = next == EXESEAL_MODE_AUTOMATIC, is_behind_end = previous == EXESEAL_MODE_AUTOMATIC;
        if (!is_end && (is_behind_end || mode_name(next) == nullptr))
            return false;
        uint32_t bit = 1U << next;
        if (!is_end && (seen & bit) != 0)
            return false;
        seen |= bit;
        previous = next;
    }
    return true;
}

} // namespace

Failure read_clone_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options) {
    if (Failure failure = read_struct(from, size, kFirstCloneOptions, options))
        return failure;
    bool is_contradictory = (options.flags & kPages) == kPages;
    if (is_contradictory || (options.flags & ~kFlags) != 0)
        return bad_argument(EINVAL, "flags");
    if ((options.require & ~known_guarantees()) != 0)
        return bad_argument(EINVAL, "require");
    if (mode_name(options.mode) == nullptr)
        return bad_argument(EINVAL, "mode");
    if (!is_mode_list(options.mode, options.fallback))
        return bad_argument(EINVAL, "fallback");
    if (memchr(options.name, '\0', sizeof options.name) == nullptr)
        return bad_argument(EINVAL, "name");
    return (options.flags & EXESEAL_CLONE_TMP_DIRFD) != 0 ? check_directory(options.tmp_dirfd, "tmp_dirfd") : Failure{};
}

} // namespace exeseal
