// SPDX-License-Identifier: MIT
// The tool's commands. Each gets its own name as argv[0] and gives the exit code.
#pragma once

namespace exeseal_tool {

int run(int argc, char **argv);
int inspect(int argc, char **argv);
int resolve(int argc, char **argv);
int doctor(int argc, char **argv);

// What the link exeseal-NAME does: argv[0] is replaced by the path at which `name` is found, before links are
// followed; all else goes to the program.
int run_linked(const char *name, char **argv);

} // namespace exeseal_tool
