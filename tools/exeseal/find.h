// SPDX-License-Identifier: MIT
// From what the user calls a program to an open file.
#pragma once

#include "text.h"

#include <climits>

namespace exeseal_tool {

struct Program {
    int fd = -1; // open for reading, or O_PATH where it may be executed but not read
    bool is_wrapped = false;
    char path[PATH_MAX] = "";     // the name it was found by
    char resolved[PATH_MAX] = ""; // that path without symbolic links; "" where a path was taken as it is
    char others[PATH_MAX] = "";   // the path of each, a line: see look_for_others
    char refusals[PATH_MAX] = ""; // a line for each candidate that is not to be trusted: path, ": ", reason
};

struct Refusal {
    Line path, reason;
};

// Takes the first line off the refusals: the library lets no path have ": " in it. false: there is none.
bool take_refusal(const char *&lines, Refusal &refusal);

// What has a '/' in it is the file that the user has named, and is taken as it is. A name is resolved. 0 or -errno.
int find_program(const char *name, Program &program);

// By exeseal_resolve: a name or an absolute path, to a program that may be trusted. 0 or -errno; -EPERM: see refusals.
int resolve_program(const char *name, const char *directories, Program &program);

// Whether links or a wrapper lead from the path at which the program was found to another file.
bool is_found_elsewhere(const Program &program);

// Tells why there is no program. Gives the exit code.
int complain_of_search(const char *name, int error, const Program &program);

} // namespace exeseal_tool
