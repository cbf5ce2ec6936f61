// SPDX-License-Identifier: MIT
// Decides which files and directories are trusted to hold a program to be run.
//
// Decisions rest on the metadata of an open descriptor, never on a path.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

#include <string_view>

namespace exeseal {

// True if this process may have rights that its caller lacks: it is root, has effective or
// permitted capabilities, or gained privileges from a set-user-ID or set-group-ID bit or file
// capabilities (AT_SECURE). A privileged process trusts neither PATH nor its user's files.
bool is_privileged();

// The user, besides root, whose files are trusted; 0 if only root's are.
uint32_t trusted_user();

// Returns EPERM and the violated rule if anyone but root and `user` can change the directory.
// `path` is its absolute path without symbolic links. The Nix store itself may be writable by its
// group, if it is sticky and owned by root. Below the store, other owners are accepted if nobody
// can write to the directory. Otherwise returns an empty Failure.
Failure distrust_directory(const struct statx &directory, std::string_view path, uint32_t user);

// The same for the program itself. `parent` is the directory that contains it.
Failure distrust_file(const struct statx &file, const struct statx &parent, std::string_view path, uint32_t user);

} // namespace exeseal
