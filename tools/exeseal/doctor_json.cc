// SPDX-License-Identifier: MIT
// For programs: docs/doctor.md says what each key means.
#include "doctor.h"
#include "json.h"

#include <cstdio>
#include <cstring>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

// Raised when a key changes its meaning or goes; a new key is no reason.
constexpr int kFormat = 2;

const char *or_null(const char *text) {
    return text[0] != '\0' ? text : nullptr;
}

const char *strategy_or_null(uint32_t id) {
    return id != EXESEAL_STRATEGY_NONE ? exeseal_strategy_name(id) : nullptr;
}

void write_guarantees(Json &json, uint64_t guarantees) {
    json.begin_array("guarantees");
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++)
        if ((guarantees >> bit & 1) != 0)
            json.string(nullptr, name);
    json.end_array();
}

void write_failure(Json &json, const exeseal_attempt &attempt, bool is_memfd_fine) {
    Failure failure = explain(attempt, is_memfd_fine);
    json.begin_object();
    json.string("strategy", strategy_or_null(attempt.strategy));
    json.string("step", exeseal_step_name(attempt.step));
    json.string("errno", or_null(failure.error_name));
    json.string("where", or_null(attempt.where));
    json.string("cause", failure.cause.id);
    json.string("advice", or_null(failure.advice));
    json.end_object();
}

void write_report(Json &json, const exeseal_report &report, bool is_memfd_fine) {
    write_guarantees(json, report.guarantees);
    json.begin_array("failures");
    for (uint32_t i = 0; i < report.attempts && i < EXESEAL_REPORT_ATTEMPTS; i++)
        if (report.attempt[i].error != 0)
            write_failure(json, report.attempt[i], is_memfd_fine);
    json.end_array();
}

void write_strategies(Json &json, const Diagnosis &found) {
    json.begin_array("strategies");
    for (size_t i = 0; i < found.strategies; i++) {
        json.begin_object();
        json.string("strategy", exeseal_strategy_name(found.strategy[i].id));
        json.boolean("works", found.strategy[i].works);
        write_report(json, found.strategy[i].report, does_memfd_run(found));
        json.end_object();
    }
    json.end_array();
}

void write_modes(Json &json, const Diagnosis &found) {
    json.begin_array("modes");
    for (size_t i = 0; i < found.modes; i++) {
        const ModeFinding &finding = found.mode[i];
        json.begin_object();
        json.string("mode", finding.mode);
        json.boolean("fast", finding.is_fast);
        json.boolean("works", finding.works);
        json.string("strategy", strategy_or_null(finding.report.strategy));
        write_report(json, finding.report, does_memfd_run(found));
        json.end_object();
    }
    json.end_array();
}

const char *verdict_name(Verdict verdict) {
    switch (verdict) {
    case Verdict::Yes:
        return "yes";
    case Verdict::OnRequest:
        return "on-request";
    case Verdict::No:
        return "no";
    case Verdict::Fails:
        return "fails";
    case Verdict::Unknown:
        break;
    }
    return "unknown";
}

void write_mark(Json &json, const RuntimeKind *kind) {
    Sentence mark;
    if (kind != nullptr)
        mark.add("%c%s", kind->first, kind->rest);
    json.string("mark", or_null(mark.text));
}

void write_refused(Json &json, const char *lines) {
    json.begin_array("refused");
    for (Line line; take_line(lines, line);) {
        Sentence refusal;
        refusal.add("%.*s", line.length, line.text);
        json.string(nullptr, refusal.text);
    }
    json.end_array();
}

void write_runtime(Json &json, const Runtime &runtime) {
    const RuntimeKind *kind = runtime.kind;
    json.begin_object();
    json.string("path", runtime.program.path);
    json.string("resolved", or_null(runtime.program.resolved));
    json.string("kind", kind != nullptr ? kind->name : runtime.is_script ? "script" : nullptr);
    json.string("protects_itself", verdict_name(runtime.verdict));
    json.string("when", kind != nullptr ? kind->when : nullptr);
    json.string("evidence", is_seen(runtime) ? "seen" : kind != nullptr ? "code" : nullptr);
    write_mark(json, kind);
    json.boolean("executed", is_seen(runtime));
    json.string("not_executed_because", runtime.unexecuted);
    write_refused(json, runtime.program.refusals);
    json.string("executes_itself_from", copy_name(runtime));
    Acceptance accepted = acceptance(runtime);
    json.string("from_exeseal", accepted == Acceptance::Seen      ? "accepted"
                                : accepted == Acceptance::Refused ? "copied-again"
                                                                  : nullptr);
    json.end_object();
}

} // namespace

void print_json(const Diagnosis &found) {
    utsname system = {};
    uname(&system);
    uint32_t version = exeseal_version();
    Sentence text;
    text.add("%u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
    Json json(stdout);
    json.begin_object();
    json.number("format", kFormat);
    json.string("version", text.text);
    json.string("kernel", system.release);
    json.number("user", geteuid());
    json.boolean("works", is_working(found));
    if (found.room.left <= INT64_MAX)
        json.number("memory_left", static_cast<int64_t>(found.room.left));
    else
        json.string("memory_left", nullptr);
    write_strategies(json, found);
    write_modes(json, found);
    json.begin_array("runtimes");
    for (size_t i = 0; i < found.runtimes; i++)
        write_runtime(json, found.runtime[i]);
    json.end_array();
    json.end_object();
}

} // namespace exeseal_tool
