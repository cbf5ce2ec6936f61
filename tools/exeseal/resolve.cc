// SPDX-License-Identifier: MIT
// The command `exeseal resolve`: prints the path of a trusted program, and what was rejected.
#include "command.h"
#include "find.h"
#include "forms.h"
#include "message.h"
#include "text.h"

#include <cstdio>
#include <getopt.h>

namespace exeseal_tool {
namespace {

void print_program(const Program &program) {
    print_path(program.path);
    if (is_found_elsewhere(program)) {
        fputs("resolved: ", stdout);
        print_path(program.resolved);
    }
    if (program.is_wrapped)
        puts("wrapper");
    print_lines(program.refusals);
}

void print_json(const Program &program) {
    Json json(stdout);
    json.begin_object();
    write_program(json, program);
    json.end_object();
}

struct Request {
    const char *directories = nullptr;
    bool wants_json = false;
};

bool set_directories(void *request, const char *directories) {
    static_cast<Request *>(request)->directories = directories;
    return true;
}

bool set_json(void *request, const char *) {
    return static_cast<Request *>(request)->wants_json = true;
}

int resolve(int argc, char **argv) {
    Request request;
    if (std::optional<int> status = parse_options(resolve_command, argc, argv, &request))
        return *status;
    if (argc - optind != 1)
        return complain_of_operands(resolve_command, "one NAME or PATH is required");
    Program program;
    int error = resolve_program(argv[optind], request.directories, program);
    if (request.wants_json)
        print_json(program);
    if (error < 0)
        return complain_of_search(argv[optind], error, program);
    if (!request.wants_json)
        print_program(program);
    return 0;
}

constexpr Option kOptions[] = {
    {"dirs", "DIR:...", "Search these directories too, before PATH.", set_directories},
    {"json", nullptr, "Print the result as a JSON object.", set_json},
};
constexpr OptionGroup kGroups[] = {{"Options", kOptions}};

} // namespace

constinit const Command resolve_command = {
    "resolve",
    "[OPTION...] NAME|PATH",
    "Print the path of a program that may be trusted.",
    "Searches the system directories, /opt/NAME, the directories of --dirs and, unless exeseal has privileges, PATH. "
    "Prints the path of the first program that only root or the caller can have modified. A second line \"resolved: "
    "PATH\" follows if symbolic links or a wrapper lead to another file, and a line \"wrapper\" if there is a "
    "wrapper.\n"
    "Prints on standard error which files were rejected, and why.",
    kGroups,
    resolve};

} // namespace exeseal_tool
