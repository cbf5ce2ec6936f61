// SPDX-License-Identifier: MIT
// Prints the findings of the doctor as JSON; exeseal-doctor(1) explains each key.
#include "doctor.h"
#include "forms.h"

#include <cstdio>
#include <cstring>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

// Raised if a key is removed or changes its meaning, but not if a key is added.
constexpr int kFormat = 2;

void write_stability(Json &json, const Diagnosis &found) {
    json.begin_object("stable");
    json.string("source", found.stability.source);
    json.boolean("works", found.stability.holds);
    json.string("strategy", strategy_or_null(found.stability.report.strategy));
    write_report(json, found.stability.report, does_memfd_run(found));
    json.end_object();
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

void write_huge_pages(Json &json, const HugePages &huge) {
    json.begin_object("huge_pages");
    json.boolean("tried", huge.is_tried);
    json.boolean("by_default", huge.is_default);
    json.number("sample_bytes", kHugeSample);
    json.number("huge_bytes", static_cast<int64_t>(huge.bytes));
    json.number("microseconds", huge.microseconds);
    json.number("small_microseconds", huge.small_microseconds);
    json.string("cause", huge.cause.id);
    json.string("advice", or_null(huge.cause.text));
    json.end_object();
}

void write_modes(Json &json, const Diagnosis &found) {
    json.begin_array("modes");
    for (size_t i = 0; i < found.modes; i++) {
        const ModeFinding &finding = found.mode[i];
        json.begin_object();
        json.string("mode", finding.mode);
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

void write_runtime(Json &json, const Runtime &runtime) {
    const RuntimeKind *kind = runtime.kind;
    json.begin_object();
    write_program(json, runtime.program);
    json.string("kind", kind != nullptr ? kind->name : runtime.is_script ? "script" : nullptr);
    json.string("protects_itself", verdict_name(runtime.verdict));
    json.string("when", kind != nullptr ? kind->when : nullptr);
    json.string("evidence", is_seen(runtime) ? "seen" : kind != nullptr ? "code" : nullptr);
    write_mark(json, kind);
    json.boolean("executed", is_seen(runtime));
    json.string("not_executed_because", runtime.unexecuted);
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
    write_stability(json, found);
    write_strategies(json, found);
    write_huge_pages(json, found.huge);
    write_modes(json, found);
    json.begin_array("runtimes");
    for (size_t i = 0; i < found.runtimes; i++)
        write_runtime(json, found.runtime[i]);
    json.end_array();
    json.end_object();
}

} // namespace exeseal_tool
