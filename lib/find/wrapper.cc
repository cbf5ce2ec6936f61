// SPDX-License-Identifier: MIT
// Parses Nix wrapper scripts to find the program that they run.
#include "find/wrapper.h"

#include "base/text.h"

namespace exeseal {
namespace {

constexpr std::string_view kExec = "exec", kOwnName = "\"$0\"", kOwnArguments = "\"$@\"";
constexpr char kSpecial[] = "\\$`\"'*?[~;&|<>()#"; // special in a shell; NUL in a path
constexpr std::string_view kExpanded(kSpecial, sizeof kSpecial);

constexpr const char *kNoWrapper = "a script that is not a Nix wrapper";

bool starts_with_blank(std::string_view text) {
    return text.starts_with(' ') || text.starts_with('\t');
}

std::string_view take_bare(std::string_view &line) {
    size_t blank = line.find_first_of(" \t"), length = blank == line.npos ? line.size() : blank;
    std::string_view word(line.data(), length);
    line.remove_prefix(length);
    return word;
}

// Returns "" if the closing quote is missing, or if the word continues after it.
std::string_view take_quoted(std::string_view &line, char quote) {
    bool ends = line.find(quote, 1) != line.npos;
    line.remove_prefix(1);
    std::string_view word = take_until(line, quote);
    return ends && (line.empty() || starts_with_blank(line)) ? word : std::string_view();
}

// Removes the first word from the line and returns it without quotes. Returns "" if a shell would
// expand the word, or if a quote is inside it.
std::string_view take_word(std::string_view &line) {
    while (starts_with_blank(line))
        line.remove_prefix(1);
    bool is_quoted = line.starts_with('"') || line.starts_with('\'');
    std::string_view word = is_quoted ? take_quoted(line, line.front()) : take_bare(line);
    return word.find_first_of(kExpanded) == word.npos ? word : std::string_view();
}

bool take(std::string_view &text, std::string_view beginning) {
    bool begins = begins_with(text, beginning);
    text.remove_prefix(begins ? beginning.size() : 0);
    return begins;
}

bool take_exactly(std::string_view &line, std::string_view word) {
    while (starts_with_blank(line))
        line.remove_prefix(1);
    return take(line, word) && (line.empty() || starts_with_blank(line));
}

Failure refuse(const char *rule) {
    return {EXESEAL_STEP_SCRIPT, EPERM, rule};
}

// Parses: exec [-a "$0"] PROGRAM "$@"
//
// Any other argument would be lost. Even a flag matters: `--root DIR` selects other containers.
Failure read_exec_line(std::string_view line, std::string_view &program) {
    if (take_word(line) != kExec)
        return refuse(kNoWrapper);
    program = take_word(line);
    if (program == "-a") {
        if (!take_exactly(line, kOwnName))
            return refuse("a wrapper that changes the name of its program");
        program = take_word(line);
    }
    if (!program.starts_with('/'))
        return refuse(kNoWrapper);
    bool has_own_arguments = take_exactly(line, kOwnArguments);
    if (!has_own_arguments || line.find_first_not_of(" \t") != line.npos)
        return refuse("a wrapper that changes the arguments of its program");
    return {};
}

bool is_exec_line(std::string_view line) {
    return take_word(line) == kExec;
}

} // namespace

bool is_script(std::string_view text) {
    return begins_with(text, "#!");
}

Failure wrapped_program(std::string_view script, std::string_view &program) {
    std::string_view last;
    while (!script.empty())
        if (std::string_view line = take_until(script, '\n'); is_exec_line(line))
            last = line;
    return read_exec_line(last, program);
}

bool is_wrapped_name(std::string_view program, std::string_view name) {
    if (program == name)
        return true;
    bool is_hidden = take(program, ".") && take(program, name);
    return is_hidden && (program == "-wrapped" || program == "-wrapped_");
}

} // namespace exeseal
