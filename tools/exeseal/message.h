// SPDX-License-Identifier: MIT
// What the tool says on standard error, and how it ends.
#pragma once

#include "exeseal.h"

namespace exeseal_tool {

struct Command;

// As env(1) and docker use them.
constexpr int kFailed = 125;        // exeseal itself, or a bad call of it
constexpr int kCannotExecute = 126; // the program was found, and cannot be run
constexpr int kNotFound = 127;

// Whether an errno speaks of exeseal or of how it was called and not of the program: it ends with kFailed.
bool is_own_trouble(int error);

// "exeseal: OBJECT: TEXT: DETAIL". OBJECT is what the user or a file has named it, so whatever is not
// printable ASCII shows as '?': a terminal would obey an escape sequence.
void complain(const char *object, const char *text, const char *detail = nullptr);

// The operands do not fit the command. Returns kFailed.
int complain_of_operands(const Command &command, const char *why);

// What was complained of last, with the lines below it, as one line; to be used before the next complaint.
const char *last_complaint();

// Each indented below what was said before, and shown as above.
void print_lines(const char *text);
// The attempts that failed with their causes, as far as they are known: see explain().
void print_report(const exeseal_report &report);

} // namespace exeseal_tool
