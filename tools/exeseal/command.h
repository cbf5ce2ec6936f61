// SPDX-License-Identifier: MIT
// The tool's commands, and the one table of options that each has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace exeseal_tool {

// A row of a table. The parser and the help read it; the help is what completions and manual pages
// are compared with.
struct Option {
    const char *name;
    const char *argument; // as the help shows it; nullptr: the option has none
    const char *help;
    // Complains and returns false if the argument is invalid.
    bool (*set)(void *request, const char *argument);
    bool is_argument_optional = false;
    // The names that the argument may contain; nullptr past the last.
    const char *(*value)(uint32_t index) = nullptr;
};

struct OptionGroup {
    const char *heading;
    std::span<const Option> options;
};

struct Command {
    const char *name;
    const char *synopsis; // what follows the name, one line for each form
    const char *summary;
    const char *description; // paragraphs, each one line
    std::span<const OptionGroup> groups;
    int (*execute)(int argc, char **argv); // argv[0] is the command's name; returns the exit code
    bool stops_at_operand = false;         // what follows the first operand belongs to the program
};

extern const Command run_command, resolve_command, inspect_command, doctor_command, help_command;

// nullptr past the last.
const Command *command_at(size_t index);

// Complains and returns nullptr if there is no command of this name.
const Command *find_command(const char *name);

// Prints the help of one command on standard output.
void print_help(const Command &command);

// Sets each option in the request. Names must be complete: getopt_long(3) would accept any unique
// beginning, and a new option could change the meaning of an old script.
//
// Returns the exit status if the command ends here, after its help or a complaint. Otherwise
// argv[optind] is the first operand.
std::optional<int> parse_options(const Command &command, int argc, char **argv, void *request);

// Does what the link exeseal-NAME does: argv[0] is replaced by the path at which `name` is found,
// before symbolic links are followed. All other arguments are the program's.
int run_linked(const char *name, char **argv);

} // namespace exeseal_tool
