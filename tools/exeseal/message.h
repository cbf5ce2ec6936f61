// SPDX-License-Identifier: MIT
// Prints messages on standard error, and defines the exit codes.
#pragma once

#include "exeseal.h"

namespace exeseal_tool {

struct Command;

// The same as those of env(1) and docker.
constexpr int kFailed = 125;        // exeseal failed, or was called in a wrong way
constexpr int kCannotExecute = 126; // the program was found but cannot be executed
constexpr int kNotFound = 127;

// Whether an errno concerns exeseal or its options, not the program. The exit code is kFailed then.
bool is_own_trouble(int error);

// Prints "exeseal: OBJECT: TEXT: DETAIL". OBJECT comes from the user or from a file, so bytes that
// are not printable ASCII are shown as '?': a terminal would obey an escape sequence.
void complain(const char *object, const char *text, const char *detail = nullptr);

// Complains of the operands of a command, and returns kFailed.
int complain_of_operands(const Command &command, const char *why);

// Returns the last complaint and the lines below it as one line. It is valid until the next
// complaint.
const char *last_complaint();

// Prints lines below the last complaint, indented and escaped.
void print_lines(const char *text);
// Prints the result, and each failed attempt with its cause, if it is known: see explain().
void print_report(const exeseal_report &report);

} // namespace exeseal_tool
