// SPDX-License-Identifier: MIT
// Tries every strategy and mode, and looks for container runtimes.
#include "doctor.h"

#include "command.h"
#include "message.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <getopt.h>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr char kSample[] = "exeseal";

void try_strategies(Diagnosis &found) {
    for (uint32_t id = EXESEAL_STRATEGY_NONE + 1; exeseal_strategy_name(id) != nullptr; id++) {
        if (found.strategies == kStrategies)
            return;
        StrategyFinding &finding = found.strategy[found.strategies++];
        finding.id = id;
        finding.works = exeseal_probe(id, &finding.report, sizeof finding.report) >= 0;
    }
}

// A program of root, as users would seal it. exeseal itself may belong to the user, who could take
// a lease on its file.
int open_program_of_root(const char *&path) {
    constexpr const char *kPrograms[] = {"/usr/bin/env", "/bin/sh"};
    for (const char *program : kPrograms) {
        int fd = open(program, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct stat file;
        path = program;
        if (fd >= 0 && fstat(fd, &file) == 0 && file.st_uid == 0 && S_ISREG(file.st_mode))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    path = nullptr;
    return -1;
}

int sample = -1; // from open_program_of_root(), or -1

// A missing source is not a failure of the mode: without /proc, a program does not find its own
// file.
int clone_something(const exeseal_clone_options &options, exeseal_report &report) {
    if (sample >= 0)
        return exeseal_clone(sample, &options, sizeof options, &report, sizeof report);
    int fd = exeseal_clone_self(&options, sizeof options, &report, sizeof report);
    bool is_source_missing = fd < 0 && report.attempts == 1 && report.attempt[0].step == EXESEAL_STEP_SOURCE;
    return is_source_missing
               ? exeseal_clone_memory(kSample, sizeof kSample, &options, sizeof options, &report, sizeof report)
               : fd;
}

// Adds the failure to the report if a policy forbids the execution.
bool may_execute(int fd, exeseal_report &report) {
    char name[] = "exeseal";
    char *argv[] = {name, nullptr};
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_CHECK;
    exeseal_report refusal;
    int error = exeseal_exec_fd(fd, argv, nullptr, &options, sizeof options, &refusal, sizeof refusal);
    if (error >= 0 || error == -ENOEXEC) // the sample is not a program
        return true;
    if (report.attempts < EXESEAL_REPORT_ATTEMPTS) {
        report.attempt[report.attempts] = refusal.attempt[0];
        report.attempt[report.attempts++].strategy = report.strategy;
    }
    return false;
}

// A name of its own: a program that is sealed already would otherwise be reused as its own copy.
void try_mode(Diagnosis &found, uint32_t mode) {
    ModeFinding &finding = found.mode[found.modes++];
    exeseal_clone_options options = {};
    options.mode = mode;
    options.max_bytes = found.room.max_bytes();
    strcpy(options.name, "exeseal-doctor");
    finding.mode = exeseal_mode_name(mode);
    int fd = clone_something(options, finding.report);
    finding.works = fd >= 0 && may_execute(fd, finding.report);
    if (fd >= 0)
        close(fd);
}

void judge_stability(Diagnosis &found) {
    Stability &stability = found.stability;
    sample = open_program_of_root(stability.source);
    exeseal_clone_options options = {};
    options.require = EXESEAL_GUARANTEE_STABLE;
    options.max_bytes = found.room.max_bytes();
    int fd =
        sample >= 0 ? exeseal_clone(sample, &options, sizeof options, &stability.report, sizeof stability.report) : -1;
    stability.holds = fd >= 0;
    if (fd >= 0)
        close(fd);
}

// The strategies were tried with bytes in memory, which nobody else can change. A source that is
// sealed already does not change either.
void withdraw_stable(Diagnosis &found) {
    for (size_t i = 0; i < found.strategies; i++) {
        uint32_t id = found.strategy[i].id;
        if (id != EXESEAL_STRATEGY_REUSE && id != EXESEAL_STRATEGY_VERITY)
            found.strategy[i].report.guarantees &= ~EXESEAL_GUARANTEE_STABLE;
    }
}

void try_modes(Diagnosis &found) {
    try_mode(found, EXESEAL_MODE_AUTOMATIC);
    try_mode(found, EXESEAL_MODE_INDEPENDENT_DATA_COPY);
    try_mode(found, EXESEAL_MODE_RO_SHARED_PAGE);
}

bool find_named(int count, char **names, Diagnosis &found) {
    for (int i = 0; i < count; i++) {
        Runtime &runtime = found.runtime[found.runtimes];
        if (int error = find_runtime(names[i], runtime); error < 0) {
            complain_of_search(names[i], error, runtime.program);
            return false;
        }
        found.runtimes++;
    }
    return true;
}

void find_usual(Diagnosis &found) {
    const char *name;
    for (size_t i = 0; found.runtimes < kRuntimes && (name = runtime_name(i)) != nullptr; i++)
        if (find_runtime(name, found.runtime[found.runtimes]) == 0)
            found.runtimes++;
}

// Each part is printed as soon as it is known: a memory limit may end this process, or a runtime
// may need all of its three seconds.
void diagnose(Diagnosis &found, bool tells) {
    auto tell = [&](auto print, const auto &...what) {
        if (tells) {
            print(what...);
            fflush(stdout);
        }
    };
    found.room = find_memory_room();
    tell(print_heading, found);
    try_strategies(found);
    judge_stability(found);
    if (!found.stability.holds)
        withdraw_stable(found);
    found.huge = try_huge_pages(found.room);
    tell(print_strategies, found);
    try_modes(found);
    tell(print_modes, found);
    tell(print_runtimes_heading);
    for (size_t i = 0; i < found.runtimes; i++) {
        judge_runtime(found.runtime[i], found.room.max_bytes());
        tell(print_runtime, found, found.runtime[i]);
    }
    if (found.runtimes == 0)
        tell(puts, "none found");
}

// Too large for a stack. A global object would be initialised at the start of every command.
Diagnosis *new_diagnosis() {
    void *memory = malloc(sizeof(Diagnosis));
    return memory != nullptr ? new (memory) Diagnosis{} : nullptr;
}

int examine(int count, char **names, bool wants_json) {
    Diagnosis *diagnosis = new_diagnosis();
    if (diagnosis == nullptr) {
        complain("doctor", strerror(ENOMEM));
        return kFailed;
    }
    Diagnosis &found = *diagnosis;
    if (!find_named(count, names, found))
        return kFailed;
    if (count == 0)
        find_usual(found);
    diagnose(found, !wants_json);
    if (wants_json)
        print_json(found);
    return is_working(found) ? 0 : kFailed;
}

bool set_json(void *request, const char *) {
    return *static_cast<bool *>(request) = true;
}

int doctor(int argc, char **argv) {
    bool wants_json = false;
    if (std::optional<int> status = parse_options(doctor_command, argc, argv, &wants_json))
        return *status;
    if (argc - optind > static_cast<int>(kRuntimes))
        return complain_of_operands(doctor_command, "more than 16 RUNTIMEs are given");
    return examine(argc - optind, argv + optind, wants_json);
}

constexpr Option kOptions[] = {{"json", nullptr, "Print the result as a JSON object.", set_json}};
constexpr OptionGroup kGroups[] = {{"Options", kOptions}};

} // namespace

constinit const Command doctor_command = {
    "doctor",
    "[OPTION...] [RUNTIME...]",
    "Print what works on this host for this user, and why the rest does not.",
    "Tries every strategy and mode, and prints which work for this user and what prevents the others. Then judges "
    "which "
    "container runtimes protect themselves: the RUNTIMEs or, if none is given, those that are found.\n"
    "The exit status is 0 if the automatic mode works, otherwise 125.",
    kGroups,
    doctor};

bool does_memfd_run(const Diagnosis &diagnosis) {
    for (size_t i = 0; i < diagnosis.strategies; i++)
        if (diagnosis.strategy[i].id == EXESEAL_STRATEGY_MEMFD)
            return diagnosis.strategy[i].works;
    return false;
}

} // namespace exeseal_tool
