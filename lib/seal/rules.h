// SPDX-License-Identifier: MIT
// What follows when a strategy fails.
#pragma once

#include "base/failure.h"
#include "base/sets.h"

#include <span>

namespace exeseal {

enum class Next : uint8_t { Stop, Directory, Strategy };

// "Not here: this kernel, policy or file system cannot" goes on. An error that no row names stops the clone: EMFILE,
// ENFILE, ENOMEM, EIO, ESTALE and their like would double the load or hide an attack if another strategy were tried.
struct Rule {
    Strategies strategies;
    uint32_t step;
    Errnos errors;
    Next next;
};

std::span<const Rule> rules();
Next what_follows(uint32_t strategy, const Failure &failure);

} // namespace exeseal
