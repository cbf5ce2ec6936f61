// SPDX-License-Identifier: MIT
// The running program: which file it is, and what its thread is called.
#pragma once

#include "base/reopen.h"

namespace exeseal {

// What /proc says of a descriptor's file: "/memfd:NAME (deleted)", "/tmp/#17 (deleted)", a path. Empty: it says
// nothing.
struct FileLink {
    char text[4096];

    FileLink(Procfs &procfs, int fd);
    // Not if nothing is known of it, nor if it is a memfd: that has no name to lose, and may yet be changed.
    bool is_deleted_file() const;
};

// The number of the descriptor that this process was started from, by execveat(2) or by its path in /proc. -1: it was
// started by another path.
int started_from();

// 0: the file is what this process was started from. -EOPNOTSUPP: a loader or an emulator runs it, and to execute
// /proc/self/exe with its arguments would be to run that.
int check_own_file(int fd);

// Linux names a program that was executed by descriptor after its number, or after the file ("memfd:NAME"). Gives the
// thread the memfd's name, else argv0's last component, unless it has another one already.
void name_thread(Procfs &procfs, int file, const char *argv0);

} // namespace exeseal
