// SPDX-License-Identifier: MIT
// From what the user calls a program to an open file.
#pragma once

#include <climits>

namespace exeseal_tool {

struct Program {
    int fd = -1;
    char path[PATH_MAX] = ""; // where it was found
};

// What has a '/' in it is a path. A name is looked for by root in the system's directories alone, so that no
// environment can slip root another program; by others in PATH. 0 or -errno.
int find_program(const char *name, Program &program);

// The same of a regular file: nothing else is opened. -EACCES.
int find_file(const char *name, Program &program);

// Looks for a name in the system's directories alone, whoever asks. 0 or -errno.
int find_system_program(const char *name, Program &program);

} // namespace exeseal_tool
