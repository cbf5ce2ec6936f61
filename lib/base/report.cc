// SPDX-License-Identifier: MIT
// Records failures in a report, and writes a report out as text.
#include "base/report.h"

#include "base/advice.h"
#include "base/errno_name.h"
#include "base/names.h"
#include "base/text.h"

#include <string_view>

namespace exeseal {
namespace {

const char *or_unknown(const char *name) {
    return name != nullptr ? name : "unknown";
}

uint32_t recorded(const exeseal_report &report) {
    return report.attempts < EXESEAL_REPORT_ATTEMPTS ? report.attempts : EXESEAL_REPORT_ATTEMPTS;
}

std::string_view where_of(const exeseal_attempt &attempt) {
    std::string_view all(attempt.where, sizeof attempt.where);
    size_t end = all.find('\0');
    return {attempt.where, end == all.npos ? all.size() : end};
}

void write_guarantees(Text &text, uint64_t guarantees) {
    const char *separator = "";
    for (uint32_t bit = 0; const char *name = guarantee_name(bit); bit++) {
        if ((guarantees >> bit) & 1) {
            text << separator << name;
            separator = ",";
        }
    }
    if (guarantees == 0)
        text << "none";
}

// The format of fsverity(1).
void write_digest(Text &text, const exeseal_digest &digest) {
    constexpr const char *kAlgorithms[] = {"unknown", "sha256", "sha512"};
    constexpr char kDigits[] = "0123456789abcdef";
    if (digest.algorithm == 0)
        return;
    text << ", digest " << kAlgorithms[digest.algorithm < 3 ? digest.algorithm : 0] << ":";
    for (size_t i = 0; i < digest.size && i < sizeof digest.value; i++) {
        char pair[] = {kDigits[digest.value[i] >> 4], kDigits[digest.value[i] & 15], '\0'};
        text << pair;
    }
}

void write_outcome(Text &text, const exeseal_report &report) {
    if (report.strategy == EXESEAL_STRATEGY_NONE)
        return;
    text << "cloned by " << or_unknown(strategy_name(report.strategy)) << ": " << report.bytes << " bytes, ";
    if (report.huge_bytes != 0)
        text << report.huge_bytes << " of them in huge pages, ";
    text << "guarantees ";
    write_guarantees(text, report.guarantees);
    text << ", evidence " << or_unknown(evidence_name(report.evidence));
    if (report.retries != 0)
        text << ", retries " << uint64_t{report.retries};
    write_digest(text, report.digest);
    text << "\n";
}

void write_error(Text &text, int error) {
    if (const char *name = errno_name(error))
        text << name;
    else
        text << "errno " << uint64_t{static_cast<uint32_t>(error)};
}

const char *advice_for(const exeseal_attempt &attempt) {
    return attempt.error != 0 ? advice(attempt.strategy, attempt.step, attempt.error) : nullptr;
}

// The advice for an attempt, unless an earlier one has it: strategies often fail for one reason.
const char *new_advice_for(const exeseal_report &report, uint32_t index) {
    const char *found = advice_for(report.attempt[index]);
    for (uint32_t i = 0; found != nullptr && i < index; i++)
        if (const char *earlier = advice_for(report.attempt[i]);
            earlier != nullptr && std::string_view(earlier) == found)
            return nullptr;
    return found;
}

void write_attempt(Text &text, const exeseal_report &report, uint32_t index) {
    const exeseal_attempt &attempt = report.attempt[index];
    if (attempt.strategy != EXESEAL_STRATEGY_NONE)
        text << or_unknown(strategy_name(attempt.strategy)) << ": ";
    text << or_unknown(step_name(attempt.step)) << ": ";
    write_error(text, attempt.error);
    if (std::string_view where = where_of(attempt); !where.empty())
        (text << " (").printable(where) << ")";
    if (const char *help = new_advice_for(report, index))
        text << ": " << help;
    text << "\n";
}

} // namespace

void record(exeseal_report &report, uint32_t strategy, const Failure &failure) {
    uint32_t index = report.attempts++;
    if (index >= EXESEAL_REPORT_ATTEMPTS)
        return;
    exeseal_attempt &attempt = report.attempt[index];
    attempt.strategy = strategy;
    attempt.step = failure.step;
    attempt.error = failure.error;
    Text(attempt.where, sizeof attempt.where).printable(failure.where);
}

int fail(exeseal_report *report, const Failure &failure) {
    if (report != nullptr)
        record(*report, EXESEAL_STRATEGY_NONE, failure);
    return -failure.error;
}

int fail(exeseal_report &report, const Failure &failure, uint32_t strategy) {
    record(report, strategy, failure);
    return -failure.error;
}

size_t format(const exeseal_report &report, char *buffer, size_t size) {
    Text text(buffer, size);
    write_outcome(text, report);
    for (uint32_t i = 0; i < recorded(report); i++)
        if (report.attempt[i].error != 0)
            write_attempt(text, report, i);
    if (report.attempts > EXESEAL_REPORT_ATTEMPTS)
        text << uint64_t{report.attempts - EXESEAL_REPORT_ATTEMPTS} << " more attempts were not recorded\n";
    return text.length();
}

} // namespace exeseal
