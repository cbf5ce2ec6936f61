// SPDX-License-Identifier: MIT
// A file without a name in a directory, for the strategies that make one there.
#pragma once

#include "seal/strategy.h"

namespace exeseal {

// Open for writing, and nobody else's to open until it has other permission bits. EACCES at step noexec: it could not
// run there.
Failure create_temporary(const Request &request, const Place &place, UniqueFd &writer);

} // namespace exeseal
