// SPDX-License-Identifier: MIT
// The command `exeseal resolve`: prints the program that a name stands for, and what was refused.
#include "commands.h"
#include "find.h"
#include "forms.h"
#include "message.h"
#include "text.h"

#include <cstdio>
#include <getopt.h>

namespace exeseal_tool {
namespace {

int complain_of_call() {
    complain("resolve", "takes one NAME or PATH, --dirs DIR:... and --json; see exeseal --help");
    return kFailed;
}

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

} // namespace

int resolve(int argc, char **argv) {
    static const option kOptions[] = {
        {"dirs", required_argument, nullptr, 'd'}, {"json", no_argument, nullptr, 'j'}, {nullptr, 0, nullptr, 0}};
    const char *directories = nullptr;
    bool wants_json = false;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", kOptions, nullptr)) != -1;) {
        if (option == 'd')
            directories = optarg;
        else if (option == 'j')
            wants_json = true;
        else {
            complain_of_option(option, argv);
            return kFailed;
        }
    }
    if (argc - optind != 1)
        return complain_of_call();
    Program program;
    int error = resolve_program(argv[optind], directories, program);
    if (wants_json)
        print_json(program);
    if (error < 0)
        return complain_of_search(argv[optind], error, program);
    if (!wants_json)
        print_program(program);
    return 0;
}

} // namespace exeseal_tool
