// SPDX-License-Identifier: MIT
// Parses the options of a command by its table, and suggests the right name for a wrong one.
#include "command.h"
#include "message.h"
#include "nearest.h"
#include "text.h"

#include <cstring>
#include <getopt.h>

namespace exeseal_tool {
namespace {

constexpr size_t kMostOptions = 32;
constexpr int kFirstIndex = 256; // above every character that getopt_long(3) returns
constexpr int kHelp = 'h';

// The table of a command in the form of getopt_long(3).
struct KnownOptions {
    const Option *row[kMostOptions];
    option list[kMostOptions + 2] = {};
    size_t count = 0;

    explicit KnownOptions(const Command &command) {
        for (const OptionGroup &group : command.groups)
            for (const Option &each : group.options)
                add(each);
        list[count] = {"help", no_argument, nullptr, kHelp};
    }

  private:
    void add(const Option &each) {
        if (count == kMostOptions)
            return;
        int has_argument = each.argument == nullptr    ? no_argument
                           : each.is_argument_optional ? optional_argument
                                                       : required_argument;
        list[count] = {each.name, has_argument, nullptr, kFirstIndex + static_cast<int>(count)};
        row[count++] = &each;
    }
};

// The word in which getopt_long(3) has just found an option: the argument may be a word of its own.
const char *option_word(char **argv) {
    bool is_argument_apart = optarg != nullptr && optarg == argv[optind - 1];
    return argv[is_argument_apart ? optind - 2 : optind - 1];
}

bool is_complete(const char *word, const char *name) {
    size_t length = strlen(name);
    return strncmp(word, "--", 2) != 0 ||
           (strncmp(word + 2, name, length) == 0 && strchr("=", word[2 + length]) != nullptr);
}

int refuse(const Command &command, const char *word, const char *why) {
    Sentence text;
    text.add("%s; see exeseal help %s", why, command.name);
    complain(word, text.text);
    return kFailed;
}

int refuse_unknown(const Command &command, const KnownOptions &known, const char *word) {
    Nearest nearest(word + 2, strcspn(word + 2, "="));
    for (size_t i = 0; i <= known.count; i++)
        nearest.consider(known.list[i].name);
    if (nearest.name() == nullptr)
        return refuse(command, word, "no such option");
    Sentence why;
    why.add("no such option; did you mean --%s?", nearest.name());
    complain(word, why.text);
    return kFailed;
}

// optopt is the character of a short option, the value of a known long option, or 0.
int refuse_option(const Command &command, const KnownOptions &known, int result, const char *word) {
    const char short_option[] = {'-', static_cast<char>(optopt), '\0'};
    if (strncmp(word, "--", 2) != 0)
        return refuse(command, short_option, "no such option");
    bool is_known = optopt == kHelp || optopt >= kFirstIndex;
    if (!is_known)
        return refuse_unknown(command, known, word);
    return refuse(command, word, result == ':' ? "an argument is missing" : "this option has no argument");
}

int refuse_abbreviation(const char *word, const char *name) {
    Sentence why;
    why.add("options cannot be abbreviated; write --%s", name);
    complain(word, why.text);
    return kFailed;
}

} // namespace

std::optional<int> parse_options(const Command &command, int argc, char **argv, void *request) {
    KnownOptions known(command);
    opterr = 0;
    const char *form = command.stops_at_operand ? "+:h" : ":h";
    for (int found; (found = getopt_long(argc, argv, form, known.list, nullptr)) != -1;) {
        const char *word = option_word(argv);
        if (found == ':' || found == '?')
            return refuse_option(command, known, found, word);
        size_t index = found == kHelp ? known.count : static_cast<size_t>(found - kFirstIndex);
        if (const char *name = known.list[index].name; !is_complete(word, name))
            return refuse_abbreviation(word, name);
        if (found == kHelp) {
            print_help(command);
            return 0;
        }
        if (!known.row[index]->set(request, optarg))
            return kFailed;
    }
    return std::nullopt;
}

} // namespace exeseal_tool
