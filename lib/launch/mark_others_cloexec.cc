// SPDX-License-Identifier: MIT
// Marks every descriptor except 0, 1, 2 and the kept ones close-on-exec.
#include "launch/mark_others_cloexec.h"

#include "launch/sys.h"

#include <cerrno>
#include <climits>

namespace exeseal {
namespace {

// Returns the lowest descriptor in `keep` that is at least `from`, or UINT_MAX.
unsigned next_kept(const int32_t *keep, uint32_t keep_count, unsigned from) {
    unsigned lowest = UINT_MAX;
    for (uint32_t i = 0; i < keep_count; i++) {
        unsigned fd = static_cast<unsigned>(keep[i]);
        if (fd >= from && fd < lowest)
            lowest = fd;
    }
    return lowest;
}

} // namespace

Obstacle check_kept(const int32_t *keep, uint32_t keep_count) {
    for (uint32_t i = 0; i < keep_count; i++)
        if (keep[i] < 0 || sys::fcntl(keep[i], F_GETFD) < 0)
            return {-EBADF, "keep"};
    return {};
}

Obstacle mark_others_cloexec(const int32_t *keep, uint32_t keep_count) {
    if (Obstacle obstacle = check_kept(keep, keep_count))
        return obstacle;
    for (unsigned first = 3;;) {
        unsigned kept = next_kept(keep, keep_count, first);
        unsigned last = kept == UINT_MAX ? UINT_MAX : kept - 1;
        int error = first <= last ? sys::close_range_cloexec(first, last) : 0;
        if (error < 0 || kept == UINT_MAX)
            return {error, "close_range"};
        first = kept + 1;
    }
}

bool is_marked_with_others(int fd, const int32_t *keep, uint32_t keep_count) {
    unsigned number = static_cast<unsigned>(fd);
    return fd > 2 && next_kept(keep, keep_count, number) != number;
}

} // namespace exeseal
