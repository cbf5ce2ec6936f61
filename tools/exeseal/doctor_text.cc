// SPDX-License-Identifier: MIT
// Prints the findings of the doctor for a person, on one screen.
#include "doctor.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr size_t kTextColumn = 17, kModeColumn = 23;

const char *strategy_name(uint32_t id) {
    const char *name = exeseal_strategy_name(id);
    return name != nullptr ? name : "unknown";
}

void add_guarantees(Sentence &line, uint64_t guarantees) {
    const char *separator = "";
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++) {
        if ((guarantees >> bit & 1) != 0) {
            line.add("%s%s", separator, name);
            separator = ", ";
        }
    }
    if (guarantees == 0)
        line.add("no guarantee");
}

bool is_alike(const exeseal_attempt &one, const exeseal_attempt &other) {
    return one.strategy == other.strategy && one.step == other.step && one.error == other.error;
}

bool is_named(const Cause &cause, const char *where) {
    return cause.id != nullptr && strcmp(cause.id, where) == 0;
}

// Failures that differ only in their object share one sentence.
uint32_t add_failure(Sentence &line, const exeseal_report &report, uint32_t first, bool is_memfd_fine) {
    const exeseal_attempt &attempt = report.attempt[first];
    Failure failure = explain(attempt, is_memfd_fine);
    const char *step = exeseal_step_name(attempt.step);
    line.add("%s: %s", step != nullptr ? step : "unknown", failure.error_name);
    uint32_t next = first;
    const char *before = " (", *after = "";
    for (; next < report.attempts && next < EXESEAL_REPORT_ATTEMPTS && is_alike(attempt, report.attempt[next]); next++)
        if (const char *where = report.attempt[next].where; where[0] != '\0' && !is_named(failure.cause, where)) {
            line.add("%s%s", before, where);
            before = ", ";
            after = ")";
        }
    line.add("%s%s%s", after, failure.advice[0] != '\0' ? ": " : "", failure.advice);
    return next;
}

void add_failures(Sentence &line, const exeseal_report &report, uint32_t strategy, bool is_memfd_fine) {
    const char *separator = "";
    for (uint32_t i = 0; i < report.attempts && i < EXESEAL_REPORT_ATTEMPTS;) {
        const exeseal_attempt &attempt = report.attempt[i];
        if (attempt.error == 0) {
            i++;
            continue;
        }
        line.add("%s", separator);
        if (attempt.strategy != strategy && attempt.strategy != EXESEAL_STRATEGY_NONE) {
            line.add("as %s", strategy_name(attempt.strategy));
            i++;
        } else
            i = add_failure(line, report, i, is_memfd_fine);
        separator = line.text[line.length - 1] == '.' ? " " : "; ";
    }
}

void describe(const StrategyFinding &finding, bool is_memfd_fine, Sentence &line) {
    if (finding.works)
        add_guarantees(line, finding.report.guarantees);
    if (finding.works && finding.report.attempts > 1)
        line.add("; failed before: ");
    add_failures(line, finding.report, finding.id, is_memfd_fine);
}

// Returns the strategy above that failed with the same text, so that the text is not repeated.
const char *same_as(const Diagnosis &found, size_t index, const Sentence *lines) {
    for (size_t i = 0; i < index; i++)
        if (!found.strategy[i].works && strcmp(lines[i].text, lines[index].text) == 0)
            return strategy_name(found.strategy[i].id);
    return nullptr;
}

// The last attempt is the one that failed.
void describe_refusal(const ModeFinding &finding, bool is_memfd_fine, Sentence &line) {
    const exeseal_report &report = finding.report;
    uint32_t count = report.attempts < EXESEAL_REPORT_ATTEMPTS ? report.attempts : EXESEAL_REPORT_ATTEMPTS;
    if (report.strategy == EXESEAL_STRATEGY_NONE || count == 0) {
        line.add("none works");
        return;
    }
    line.add("%s, which cannot be executed here: ", strategy_name(report.strategy));
    add_failure(line, report, count - 1, is_memfd_fine);
}

const char *copy_in_words(const char *name) {
    return name == nullptr                     ? "executes itself again"
           : strcmp(name, "sealed-memfd") == 0 ? "executes itself again from a sealed memfd"
           : strcmp(name, "read-only-mount") == 0
               ? "executes itself again from a read-only mount, whose pages are the file's"
               : "executes itself again from another file";
}

void add_status(const Observation &seen, Sentence &line) {
    if (seen.is_late)
        line.add("it does not end");
    else if (WIFEXITED(seen.status))
        line.add("it ends with %d", WEXITSTATUS(seen.status));
    else
        line.add("it is killed by signal %d", WTERMSIG(seen.status));
}

// If each candidate was rejected, the reason of the first one is printed already.
void add_passed_over(const Runtime &runtime, Sentence &sentence) {
    const char *refused = runtime.program.refusals;
    Line line;
    if (runtime.refusal[0] != '\0')
        take_line(refused, line);
    while (take_line(refused, line))
        sentence.add("; rejected: %.*s", line.length, line.text);
}

void add_evidence(const Runtime &runtime, Sentence &line) {
    if (runtime.kind != nullptr && !is_seen(runtime))
        line.add("; its code contains %c%s", runtime.kind->first, runtime.kind->rest);
    if (runtime.unexecuted != nullptr)
        line.add("; not executed: %s", runtime.unexecuted);
    add_passed_over(runtime, line);
    if (!is_seen(runtime))
        return;
    line.add("; seen: ");
    if (runtime.verdict == Verdict::Fails)
        add_status(runtime.by_path, line);
    else if (runtime.by_path.executions > 1)
        line.add("%s", copy_in_words(copy_name(runtime)));
    else
        line.add("executes itself once%s", runtime.verdict == Verdict::No ? "" : ", from a read-only mount");
}

void add_what_exeseal_does(const Runtime &runtime, bool is_memfd_fine, Sentence &line) {
    if (runtime.is_too_large) {
        line.add("; exeseal run fails: the memory cgroup has no room for a copy");
        return;
    }
    bool does_copy = runtime.verdict == Verdict::Yes || runtime.verdict == Verdict::OnRequest;
    if (acceptance(runtime) == Acceptance::Seen)
        line.add(does_copy ? "; started by exeseal run, it makes no second copy (seen)"
                           : "; started by exeseal run, it works (seen)");
    else if (acceptance(runtime) == Acceptance::Refused)
        line.add("; started by exeseal run, it makes a second copy (seen)");
    else if (does_copy)
        line.add(is_memfd_fine ? "; started by exeseal run, it makes no second copy"
                               : "; exeseal has no memfd here for it to run from instead");
    else if (runtime.verdict == Verdict::No)
        line.add("; exeseal run protects it");
}

void describe(const Runtime &runtime, bool is_memfd_fine, Sentence &line) {
    const char *when = runtime.kind != nullptr && runtime.kind->when != nullptr ? runtime.kind->when : "";
    switch (runtime.verdict) {
    case Verdict::Yes:
        line.add("yes, %s", when);
        break;
    case Verdict::OnRequest:
        line.add("only %s", when);
        break;
    case Verdict::No:
        line.add("no");
        break;
    case Verdict::Fails:
        line.add(when[0] != '\0' ? "it fails to copy itself here" : "it fails here");
        break;
    case Verdict::Unknown:
        line.add(runtime.is_script ? "not known: a script. Name the program that it starts"
                                   : "not known: its code contains no known marker");
        break;
    }
    add_evidence(runtime, line);
    add_what_exeseal_does(runtime, is_memfd_fine, line);
}

// A long path has a line of its own.
void print_name(const char *path, size_t length) {
    if (length < kTextColumn)
        print_padded(path, kTextColumn);
    else {
        print_wrapped(path, 0, 0);
        printf("%*s", static_cast<int>(kTextColumn), "");
    }
}

// For an ordinary user the reason is clear: the program belongs to root.
bool is_lease_anothers(const exeseal_attempt &attempt) {
    return geteuid() != 0 && attempt.step == EXESEAL_STEP_STABILITY && explain(attempt).cause.id == nullptr;
}

void print_stability(const Diagnosis &found) {
    const Stability &stability = found.stability;
    Sentence line;
    if (stability.source == nullptr)
        line.add("no program of root was found to judge by");
    else if (stability.holds)
        line.add("of %s, proven by: %s", stability.source, exeseal_evidence_name(stability.report.evidence));
    else {
        line.add("of %s: ", stability.source);
        if (is_lease_anothers(stability.report.attempt[0]))
            line.add("stability: EOPNOTSUPP: A lease requires ownership or CAP_LEASE.");
        else
            add_failure(line, stability.report, 0, does_memfd_run(found));
    }
    printf("%-10s%-7s", "stable", stability.holds ? "yes" : "no");
    print_wrapped(line.text, kTextColumn, kTextColumn);
}

double in_milliseconds(int64_t microseconds) {
    return static_cast<double>(microseconds) / 1000;
}

void print_huge_pages(const HugePages &huge) {
    Sentence line;
    if (!huge.is_tried)
        line.add("not tried: no memfd, or no memory for %zu MiB", kHugeSample >> 20);
    else if (huge.bytes == 0)
        line.add("%s", huge.cause.text);
    else
        line.add("%" PRIu64 " of %zu MiB in %.1f ms, in small pages %.1f ms", huge.bytes >> 20, kHugeSample >> 20,
                 in_milliseconds(huge.microseconds), in_milliseconds(huge.small_microseconds));
    if (huge.bytes > 0 && !huge.is_default)
        line.add(". %s", huge.cause.text);
    printf("%-10s%-7s", "huge", huge.bytes == 0 ? "no" : huge.is_default ? "yes" : "ask");
    print_wrapped(line.text, kTextColumn, kTextColumn);
}

} // namespace

void print_heading(const Diagnosis &found) {
    utsname system = {};
    uname(&system);
    uint32_t version = exeseal_version();
    printf("exeseal %u.%u.%u on Linux %s as user %u\n", version >> 16, version >> 8 & 0xff, version & 0xff,
           system.release, geteuid());
    if (found.room.left != UINT64_MAX) {
        Sentence room;
        room.add("the memory cgroup %s leaves %" PRIu64 " bytes", found.room.group, found.room.left);
        print_wrapped(room.text, 0, 0);
    }
    putchar('\n');
}

void print_strategies(const Diagnosis &found) {
    static Sentence lines[kStrategies];
    puts("strategy  works  guarantees, or why it does not work");
    for (size_t i = 0; i < found.strategies; i++) {
        const StrategyFinding &finding = found.strategy[i];
        describe(finding, does_memfd_run(found), lines[i]);
        printf("%-10s%-7s", strategy_name(finding.id), finding.works ? "yes" : "no");
        const char *same = finding.works ? nullptr : same_as(found, i, lines);
        Sentence shown;
        shown.add(same != nullptr ? "as %s" : "%s", same != nullptr ? same : lines[i].text);
        print_wrapped(shown.text, kTextColumn, kTextColumn);
    }
    print_stability(found);
    print_huge_pages(found.huge);
    putchar('\n');
}

void print_modes(const Diagnosis &found) {
    puts("mode                   uses");
    for (size_t i = 0; i < found.modes; i++) {
        const ModeFinding &finding = found.mode[i];
        const char *name = finding.mode[0] != '\0' ? finding.mode : "automatic";
        Sentence line;
        if (!finding.works)
            describe_refusal(finding, does_memfd_run(found), line);
        else
            line.add("%s%s", strategy_name(finding.report.strategy),
                     (finding.report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0 ? "" : ", which is not sealed");
        printf("%-*s", static_cast<int>(kModeColumn), name);
        print_wrapped(line.text, kModeColumn, kModeColumn);
    }
    putchar('\n');
}

void print_runtimes_heading() {
    puts("runtime          protects itself");
}

void print_runtime(const Diagnosis &found, const Runtime &runtime) {
    Sentence path, line;
    path.add("%s", runtime.program.path);
    describe(runtime, does_memfd_run(found), line);
    print_name(path.text, path.length);
    print_wrapped(line.text, kTextColumn, kTextColumn);
}

} // namespace exeseal_tool
