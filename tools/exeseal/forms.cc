// SPDX-License-Identifier: MIT
// Writes reports, failures, guarantees and programs as JSON.
#include "forms.h"

#include "cause.h"
#include "text.h"

#include <cstdio>

namespace exeseal_tool {
namespace {

void write_failure(Json &json, const exeseal_attempt &attempt, bool does_memfd_run) {
    Failure failure = explain(attempt, does_memfd_run);
    json.begin_object();
    json.string("strategy", strategy_or_null(attempt.strategy));
    json.string("step", exeseal_step_name(attempt.step));
    json.string("errno", or_null(failure.error_name));
    json.string("where", or_null(attempt.where));
    json.string("cause", failure.cause.id);
    json.string("advice", or_null(failure.advice));
    json.end_object();
}

} // namespace

const char *or_null(const char *text) {
    return text[0] != '\0' ? text : nullptr;
}

const char *strategy_or_null(uint32_t id) {
    return id != EXESEAL_STRATEGY_NONE ? exeseal_strategy_name(id) : nullptr;
}

DigestText::DigestText(const exeseal_digest &digest) {
    if (digest.algorithm == 0)
        return;
    constexpr const char *kAlgorithms[] = {"", "sha256", "sha512"};
    const char *name = digest.algorithm < 3 ? kAlgorithms[digest.algorithm] : "unknown";
    int length = snprintf(text, sizeof text, "%s:", name);
    for (uint32_t i = 0; i < digest.size && i < sizeof digest.value; i++)
        length += snprintf(text + length, sizeof text - static_cast<size_t>(length), "%02x", digest.value[i]);
}

void write_guarantees(Json &json, uint64_t guarantees) {
    json.begin_array("guarantees");
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++)
        if ((guarantees >> bit & 1) != 0)
            json.string(nullptr, name);
    json.end_array();
}

void write_refusal(Json &json, const Line &path, const Line &reason) {
    Sentence path_text, reason_text;
    path_text.add("%.*s", path.length, path.text);
    reason_text.add("%.*s", reason.length, reason.text);
    json.begin_object();
    json.string("path", path_text.text);
    json.string("reason", reason_text.text);
    json.end_object();
}

void write_program(Json &json, const Program &program) {
    json.string("path", or_null(program.path));
    json.string("resolved", or_null(program.resolved));
    json.boolean("wrapper", program.is_wrapped);
    json.begin_array("refused");
    const char *lines = program.refusals;
    for (Refusal refusal; take_refusal(lines, refusal);)
        write_refusal(json, refusal.path, refusal.reason);
    json.end_array();
}

void write_report(Json &json, const exeseal_report &report, bool does_memfd_run) {
    bool has_worked = report.strategy != EXESEAL_STRATEGY_NONE;
    write_guarantees(json, report.guarantees);
    json.string("evidence", has_worked ? exeseal_evidence_name(report.evidence) : nullptr);
    json.number("bytes", static_cast<int64_t>(report.bytes));
    json.number("huge_bytes", static_cast<int64_t>(report.huge_bytes));
    json.number("retries", report.retries);
    json.string("digest", or_null(DigestText(report.digest).text));
    json.begin_array("failures");
    for (uint32_t i = 0; i < report.attempts && i < EXESEAL_REPORT_ATTEMPTS; i++)
        if (report.attempt[i].error != 0)
            write_failure(json, report.attempt[i], does_memfd_run);
    json.end_array();
}

} // namespace exeseal_tool
