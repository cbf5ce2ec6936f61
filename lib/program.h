// SPDX-License-Identifier: MIT
// The running program: which file it was started from, and the name of its thread.
#pragma once

#include "base/reopen.h"

namespace exeseal {

// The target of a descriptor's link in /proc: "/memfd:NAME (deleted)", "/tmp/#17 (deleted)", or a
// path. Empty if it cannot be read.
struct FileLink {
    char text[4096];

    FileLink(Procfs &procfs, int fd);
    // False if the link could not be read. False for a memfd: it never had a name to lose, and it
    // may still be writable.
    bool is_deleted_file() const;
};

// Returns the number of the descriptor that this process was started from, by execveat(2) or by the
// descriptor's path in /proc; -1 if it was started by another path.
int started_from();

// Returns 0 if this process was started from the file. Returns -EOPNOTSUPP if a loader or an
// emulator runs the program: /proc/self/exe is then the loader or emulator, and would be executed
// with the program's arguments.
int check_own_file(int fd);

// Linux names a program that is executed by descriptor after the descriptor's number or after its
// file ("memfd:NAME"). If the thread still has such a name, renames it to the name of the memfd or
// else to the last component of argv0.
void name_thread(Procfs &procfs, int file, const char *argv0);

} // namespace exeseal
