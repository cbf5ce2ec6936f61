// SPDX-License-Identifier: MIT
// The command `exeseal help`: prints the tables of commands and options.
#include "command.h"
#include "message.h"
#include "text.h"

#include <cstdio>
#include <cstring>
#include <getopt.h>

namespace exeseal_tool {
namespace {

constexpr size_t kColumns = 80, kIndent = 27, kMargin = 2;

constexpr Option kHelpOption = {"help", nullptr, "Print this help.", nullptr};

void print_paragraphs(const char *text) {
    for (Line line; take_line(text, line);) {
        Sentence paragraph;
        paragraph.add("%.*s", line.length, line.text);
        print_wrapped(paragraph.text, 0, 0, kColumns);
        putchar('\n');
    }
}

void add_values(Sentence &help, const Option &option) {
    if (option.value == nullptr)
        return;
    const char *before = " Values: ";
    for (uint32_t i = 0; const char *name = option.value(i); i++) {
        if (*name == '\0')
            continue;
        help.add("%s%s", before, name);
        before = ", ";
    }
    help.add(".");
}

// "  --NAME ARGUMENT      HELP": the help begins in the next line if there is no room for it.
void print_row(const char *left, const char *help) {
    printf("%*s%-*s", static_cast<int>(kMargin), "", static_cast<int>(kIndent - kMargin), left);
    if (strlen(left) + kMargin + 2 > kIndent)
        printf("\n%*s", static_cast<int>(kIndent), "");
    print_wrapped(help, kIndent, kIndent, kColumns);
}

void print_option(const Option &option) {
    Sentence left, help;
    left.add("%s--%s", &option == &kHelpOption ? "-h, " : "", option.name);
    if (option.argument != nullptr)
        left.add(option.is_argument_optional ? "[=%s]" : " %s", option.argument);
    help.add("%s", option.help);
    add_values(help, option);
    print_row(left.text, help.text);
}

void print_overview() {
    puts("exeseal seals an executable into a file descriptor and runs it from there.\n\nUsage:");
    puts("  exeseal COMMAND [OPTION...] [OPERAND...]\n  exeseal -h|--help\n  exeseal -V|--version\n\nCommands:");
    for (size_t i = 0; const Command *command = command_at(i); i++)
        print_row(command->name, command->summary);
    putchar('\n');
    print_paragraphs("\"exeseal help COMMAND\" and \"man exeseal-COMMAND\" describe a command.\n"
                     "If exeseal is called exeseal-NAME, for example through a symbolic link, it does the same as "
                     "exeseal run NAME with all arguments passed on to NAME.");
    print_wrapped(
        "Exit status: 125 if exeseal fails, 126 if the program is refused or cannot be executed, 127 if it is "
        "not found; otherwise the status of the program, or 0.",
        0, 0, kColumns);
}

int help(int argc, char **argv) {
    if (std::optional<int> status = parse_options(help_command, argc, argv, nullptr))
        return *status;
    if (argc - optind > 1)
        return complain_of_operands(help_command, "more than one COMMAND is given");
    const Command *command = optind < argc ? find_command(argv[optind]) : nullptr;
    if (optind < argc && command == nullptr)
        return kFailed;
    if (command != nullptr)
        print_help(*command);
    else
        print_overview();
    return 0;
}

} // namespace

void print_help(const Command &command) {
    puts("Usage:");
    const char *forms = command.synopsis;
    for (Line form; take_line(forms, form);)
        printf("  exeseal %s %.*s\n", command.name, form.length, form.text);
    putchar('\n');
    print_paragraphs(command.description);
    for (const OptionGroup &group : command.groups) {
        printf("%s:\n", group.heading);
        for (const Option &option : group.options)
            print_option(option);
        putchar('\n');
    }
    puts("Help:");
    print_option(kHelpOption);
}

constinit const Command help_command = {
    "help",
    "[COMMAND]",
    "Print this overview, or the help of a command.",
    "Prints an overview of the commands or, if a COMMAND is named, the description and the options of that command.",
    {},
    help};

} // namespace exeseal_tool
