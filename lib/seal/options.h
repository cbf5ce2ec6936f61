// SPDX-License-Identifier: MIT
// The options of a clone, read and checked.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

Failure read_clone_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);

} // namespace exeseal
