// SPDX-License-Identifier: MIT
#include "commands.h"
#include "find.h"
#include "message.h"

#include <cstdio>
#include <getopt.h>

namespace exeseal_tool {
namespace {

int complain_of_call() {
    complain("resolve", "takes one NAME or PATH, and --dirs DIR:...; see exeseal --help");
    return kFailed;
}

} // namespace

int resolve(int argc, char **argv) {
    static const option kOptions[] = {{"dirs", required_argument, nullptr, 'd'}, {nullptr, 0, nullptr, 0}};
    const char *directories = nullptr;
    argv[0] = const_cast<char *>("exeseal"); // getopt_long(3) begins its complaints with it
    for (int option; (option = getopt_long(argc, argv, "", kOptions, nullptr)) != -1; directories = optarg)
        if (option != 'd')
            return complain_of_call();
    if (argc - optind != 1)
        return complain_of_call();
    Program program;
    if (int error = resolve_program(argv[optind], directories, program); error < 0)
        return complain_of_search(argv[optind], error, program);
    puts(program.path);
    if (program.is_wrapped)
        puts("wrapper");
    print_lines(program.refusals);
    return 0;
}

} // namespace exeseal_tool
