// SPDX-License-Identifier: MIT
// Reads and checks the options of a clone.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

Failure read_clone_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);

} // namespace exeseal
