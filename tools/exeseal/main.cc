// SPDX-License-Identifier: MIT
// Chooses the command, and prints the version.
#include "command.h"
#include "message.h"
#include "nearest.h"
#include "text.h"

#include <cstdio>
#include <cstring>

namespace exeseal_tool {
namespace {

constexpr const Command *kCommands[] = {&run_command, &resolve_command, &inspect_command, &doctor_command,
                                        &help_command};

constexpr const char *kLinkPrefix = "exeseal-";

const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

bool is_either(const char *word, const char *one, const char *other) {
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

int print_version() {
    uint32_t version = exeseal_version();
    printf("exeseal %u.%u.%u\n", version >> 16, version >> 8 & 0xff, version & 0xff);
    return 0;
}

// Output that could not be written is a failure.
int finish(int code) {
    bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
    if (!is_written)
        complain("standard output", "cannot be written");
    return is_written ? code : kFailed;
}

int execute(int argc, char **argv) {
    if (argc < 2) {
        complain("no command is given", "see exeseal help");
        return kFailed;
    }
    if (is_either(argv[1], "-V", "--version"))
        return print_version();
    char name[] = "help";
    if (is_either(argv[1], "-h", "--help"))
        argv[1] = name;
    const Command *command = find_command(argv[1]);
    return command != nullptr ? command->execute(argc - 1, argv + 1) : kFailed;
}

} // namespace

const Command *command_at(size_t index) {
    return index < sizeof kCommands / sizeof kCommands[0] ? kCommands[index] : nullptr;
}

const Command *find_command(const char *name) {
    Nearest nearest(name, strlen(name));
    for (const Command *command : kCommands) {
        if (strcmp(name, command->name) == 0)
            return command;
        nearest.consider(command->name);
    }
    Sentence what, advice;
    what.add("unknown %s '%s'", name[0] == '-' ? "option" : "command", name);
    if (nearest.name() != nullptr)
        advice.add("did you mean '%s'?", nearest.name());
    else
        advice.add("see exeseal help");
    complain(what.text, advice.text);
    return nullptr;
}

} // namespace exeseal_tool

using namespace exeseal_tool;

int main(int argc, char **argv) {
    const char *called = argc > 0 ? base_name(argv[0]) : "";
    if (strncmp(called, kLinkPrefix, strlen(kLinkPrefix)) == 0)
        return run_linked(called + strlen(kLinkPrefix), argv);
    return finish(execute(argc, argv));
}
