// SPDX-License-Identifier: MIT
// Reads and checks the options of exeseal_exec_fd and exeseal_spawn_fd.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options);
Failure read_spawn_options(const exeseal_spawn_options *from, size_t size, exeseal_spawn_options &options);

} // namespace exeseal
