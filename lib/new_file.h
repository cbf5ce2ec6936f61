// SPDX-License-Identifier: MIT
// What the copying strategies have in common once the file is there.
#pragma once

#include "clone.h"

namespace exeseal {

// Copies the bytes and sets the permission bits: 0555 less what the source withholds.
Failure fill(Clone &clone, int writer, uint64_t &bytes);

// The same file opened read-only, after comparing what it is now with what was written. ENOENT at step reopen: no
// usable /proc.
Failure open_result(Clone &clone, int writer, uint64_t bytes, UniqueFd &result);

} // namespace exeseal
