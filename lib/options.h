// SPDX-License-Identifier: MIT
// Structs across the interface: sizes that differ between caller and library, and options that make no sense.
#pragma once

#include "base/failure.h"

#include <cstddef>

namespace exeseal {

Failure read_clone_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);
// Options of a program's own re-execution: what cannot be seen of a running program cannot be required.
Failure read_reexec_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options);
Failure read_exec_options(const exeseal_exec_options *from, size_t size, exeseal_exec_options &options);

Failure read_spawn_options(const exeseal_spawn_options *from, size_t size, exeseal_spawn_options &options);
Failure read_resolve_options(const exeseal_resolve_options *from, size_t size, exeseal_resolve_options &options);

// Whether a caller's struct of this size can take one that had first_size bytes in version 0.1; NULL with size 0 says
// that it is not wanted.
int check_out_struct(const void *to, size_t size, size_t first_size);

// Fills what fits and zeroes the rest.
void write_out_struct(void *to, size_t size, const void *from, size_t known);

} // namespace exeseal
