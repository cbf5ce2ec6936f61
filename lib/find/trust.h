// SPDX-License-Identifier: MIT
// Which files and directories may be trusted to hold a program that is to be run with our privileges: by what an open
// descriptor says, never by a path.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

#include <string_view>

namespace exeseal {

// Whether this process has rights that whoever started it may lack: as root, by any effective or permitted capability,
// or by a set-user-ID, set-group-ID or capabilities of the program (AT_SECURE). It trusts neither PATH nor its user's
// files.
bool is_privileged();

// Who may own what is trusted, besides root. Root: nobody else may.
uint32_t trusted_user();

// EPERM and the rule that is broken, unless nobody but root and `user` can change what a directory on the way holds.
// `path` is where it is, without symbolic links. The Nix store may be writable by its builders, being sticky and
// root's; in it others than root may own what nobody can write.
Failure distrust_directory(const struct statx &directory, std::string_view path, uint32_t user);

// The same for the program itself. `parent`: the directory that it lies in.
Failure distrust_file(const struct statx &file, const struct statx &parent, std::string_view path, uint32_t user);

} // namespace exeseal
