// SPDX-License-Identifier: MIT
// Finds a program by its name or path, and opens it.
#pragma once

#include "text.h"

#include <climits>

namespace exeseal_tool {

struct Program {
    int fd = -1; // open for reading, or O_PATH if the file can be executed but not read
    bool is_wrapped = false;
    char path[PATH_MAX] = ""; // where it was found
    // the same without symbolic links; "" if it was not searched for
    char resolved[PATH_MAX] = "";
    char others[PATH_MAX] = "";   // one path a line; see look_for_others()
    char refusals[PATH_MAX] = ""; // one line for each rejected candidate: "PATH: REASON"
};

struct Refusal {
    Line path, reason;
};

// Takes the first line off the refusals, and returns false if no line is left. The library writes
// no path that contains ": ".
bool take_refusal(const char *&lines, Refusal &refusal);

// Opens a name with a slash as a path. Resolves any other name. Returns 0 or -errno.
int find_program(const char *name, Program &program);

// Searches for a name, or judges an absolute path, by exeseal_resolve. Returns 0 or -errno; after
// -EPERM, refusals has the reasons.
int resolve_program(const char *name, const char *directories, Program &program);

// Whether symbolic links or a wrapper lead to another file than the path at which it was found.
bool is_found_elsewhere(const Program &program);

// Prints why the search failed, and returns the exit code.
int complain_of_search(const char *name, int error, const Program &program);

} // namespace exeseal_tool
