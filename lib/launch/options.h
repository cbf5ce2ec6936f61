// SPDX-License-Identifier: MIT
// The options of an execution and of a child, read and checked.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options);
Failure read_spawn_options(const exeseal_spawn_options *from, size_t size, exeseal_spawn_options &options);

} // namespace exeseal
