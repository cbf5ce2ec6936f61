// SPDX-License-Identifier: MIT
#include "wrapper.h"

#include "text.h"

namespace exeseal {
namespace {

constexpr std::string_view kExec = "exec";
constexpr char kSpecial[] = "\\$`\"'*?[~;&|<>()#"; // to a shell, and the NUL at the end to a path
constexpr std::string_view kExpanded(kSpecial, sizeof kSpecial);

bool starts_with_blank(std::string_view text) {
    return text.starts_with(' ') || text.starts_with('\t');
}

std::string_view take_bare(std::string_view &line) {
    size_t blank = line.find_first_of(" \t"), length = blank == line.npos ? line.size() : blank;
    std::string_view word(line.data(), length);
    line.remove_prefix(length);
    return word;
}

// "" if the quote does not end, or the word goes on behind it.
std::string_view take_quoted(std::string_view &line, char quote) {
    bool ends = line.find(quote, 1) != line.npos;
    line.remove_prefix(1);
    std::string_view word = take_until(line, quote);
    return ends && (line.empty() || starts_with_blank(line)) ? word : std::string_view();
}

// Takes the first word off the line: as it stands, or what stands between quotes. What a shell would expand, or a quote
// in the middle, makes it "".
std::string_view take_word(std::string_view &line) {
    while (starts_with_blank(line))
        line.remove_prefix(1);
    bool is_quoted = line.starts_with('"') || line.starts_with('\'');
    std::string_view word = is_quoted ? take_quoted(line, line.front()) : take_bare(line);
    return word.find_first_of(kExpanded) == word.npos ? word : std::string_view();
}

// "exec [-a NAME] PROGRAM ARG..."
std::string_view program_of(std::string_view line) {
    std::string_view word = take_word(line);
    if (word != kExec)
        return {};
    word = take_word(line);
    if (word == "-a") {
        take_word(line);
        word = take_word(line);
    }
    return word.starts_with('/') ? word : std::string_view();
}

bool is_exec_line(std::string_view line) {
    return take_word(line) == kExec;
}

} // namespace

bool is_script(std::string_view text) {
    return begins_with(text, "#!");
}

std::string_view wrapped_program(std::string_view script) {
    std::string_view last;
    while (!script.empty())
        if (std::string_view line = take_until(script, '\n'); is_exec_line(line))
            last = line;
    return program_of(last);
}

} // namespace exeseal
