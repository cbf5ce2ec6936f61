// SPDX-License-Identifier: MIT
// What the copying strategies have in common once the file is there.
#pragma once

#include "clone.h"

namespace exeseal {

// Copies the bytes and sets the permission bits: 0555 less what the source withholds. `file` is what came out.
Failure fill(Clone &clone, int writer, struct statx &file);

// The same file opened read-only, after comparing it with what was written. ENOENT at step reopen: no usable /proc.
Failure open_result(Clone &clone, int writer, const struct statx &written, UniqueFd &result);

} // namespace exeseal
