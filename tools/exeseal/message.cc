// SPDX-License-Identifier: MIT
// Prints errors and reports on standard error, and keeps the last one for the log of the runtime.
#include "message.h"

#include "cause.h"
#include "command.h"
#include "text.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace exeseal_tool {
namespace {

Sentence said; // the last complaint, with the lines below it
bool has_lines;

void print_part(const char *before, const char *text, size_t length) {
    fputs(before, stderr);
    print_printable(stderr, text, length);
}

// The object is cut, so that there is room for the text.
void record(const char *object, const char *text, const char *detail) {
    said = {};
    has_lines = false;
    said.add("exeseal: %.1024s: %s", object, text);
    if (detail != nullptr)
        said.add(": %s", detail);
}

// Writes a failure as exeseal_report_format() does, with advice for this host.
void print_failure(const exeseal_attempt &attempt, const Failure &failure, bool is_advice_new) {
    bool is_of_strategy = attempt.strategy != EXESEAL_STRATEGY_NONE;
    Sentence line;
    line.add("%s%s%s: %s", is_of_strategy ? exeseal_strategy_name(attempt.strategy) : "", is_of_strategy ? ": " : "",
             exeseal_step_name(attempt.step), failure.error_name);
    if (attempt.where[0] != '\0')
        line.add(" (%s)", attempt.where);
    if (failure.advice[0] != '\0' && is_advice_new)
        line.add(": %s", failure.advice);
    print_lines(line.text);
}

} // namespace

bool is_own_trouble(int error) {
    return error == EINVAL || error == EMFILE || error == ENFILE || error == ENOMEM;
}

void complain(const char *object, const char *text, const char *detail) {
    if (*object == '\0')
        object = "''";
    print_part("exeseal: ", object, strlen(object));
    print_part(": ", text, strlen(text));
    if (detail != nullptr)
        print_part(": ", detail, strlen(detail));
    fputc('\n', stderr);
    record(object, text, detail);
}

const char *last_complaint() {
    for (size_t i = 0; i < said.length; i++)
        said.text[i] = shown(said.text[i]);
    return said.text;
}

int complain_of_operands(const Command &command, const char *why) {
    Sentence text;
    text.add("%s; see exeseal help %s", why, command.name);
    complain(command.name, text.text);
    return kFailed;
}

void print_lines(const char *text) {
    for (Line line; take_line(text, line);) {
        print_part("exeseal:   ", line.text, static_cast<size_t>(line.length));
        fputc('\n', stderr);
        said.add("%s%.*s", has_lines ? "; " : ": ", line.length, line.text);
        has_lines = true;
    }
}

void print_report(const exeseal_report &report) {
    Sentence text;
    exeseal_report outcome = report;
    outcome.attempts = 0;
    exeseal_report_format(&outcome, sizeof outcome, text.text, sizeof text.text);
    print_lines(text.text);
    Failure failures[EXESEAL_REPORT_ATTEMPTS];
    Failure *end = failures;
    for (uint32_t i = 0; i < report.attempts && i < EXESEAL_REPORT_ATTEMPTS; i++) {
        if (report.attempt[i].error == 0)
            continue;
        *end = explain(report.attempt[i]);
        bool is_advice_new = std::none_of(
            failures, end, [&](const Failure &earlier) { return strcmp(earlier.advice, end->advice) == 0; });
        print_failure(report.attempt[i], *end++, is_advice_new);
    }
}

} // namespace exeseal_tool
