// SPDX-License-Identifier: MIT
// Creates an unnamed file in a directory, for the strategies that write to a file.
#pragma once

#include "seal/strategy.h"

namespace exeseal {

// The file is open for writing, and nobody else can open it until its permission bits change.
// EACCES at step noexec: the file could not be executed there.
Failure create_temporary(const Request &request, const Place &place, UniqueFd &writer);

} // namespace exeseal
