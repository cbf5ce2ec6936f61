// SPDX-License-Identifier: MIT
// Runs one strategy on a small sample, and checks whether the result may be executed.
#include "seal/probe.h"

#include "base/report.h"
#include "seal/plan.h"

#include <cerrno>
#include <utility>

namespace exeseal {
namespace {

constexpr char kSample[] = "exeseal";

int seal_sample(Procfs &procfs, exeseal_report &report, UniqueFd &memfd) {
    exeseal_clone_options options = {};
    Source source;
    source.use_memory(kSample, sizeof kSample);
    Request request = {options, source, procfs, report};
    Sealed sealed;
    int error = run_plan(plan_of_one(EXESEAL_STRATEGY_MEMFD), request, sealed);
    memfd = std::move(sealed.fd);
    return error;
}

Failure choose_source(const Strategy &strategy, int memfd, Procfs &procfs, Source &source) {
    switch (strategy.probe_source) {
    case ProbeSource::RunningProgram:
        return source.use_running_program(procfs);
    case ProbeSource::SealedMemfd:
        return source.use_descriptor(memfd, procfs);
    case ProbeSource::Sample:
        break;
    }
    return source.use_memory(kSample, sizeof kSample);
}

// Checks whether the kernel and its policies would execute the file. Before Linux 6.14 there is no
// such check.
int ask_kernel(int fd) {
    char name[] = "exeseal";
    char *argv[] = {name, nullptr}, *envp[] = {nullptr};
    int error = sys::execveat(fd, argv, envp, AT_EXECVE_CHECK);
    return error == -EINVAL || error == -ENOSYS ? 0 : error;
}

int try_strategy(const Strategy &strategy, int memfd, Procfs &procfs, exeseal_report &report) {
    exeseal_clone_options options = {};
    Source source;
    Failure failure = choose_source(strategy, memfd, procfs, source);
    if (!failure)
        failure = source.secure();
    if (failure)
        return fail(report, failure);
    Request request = {options, source, procfs, report};
    Sealed sealed;
    if (int error = run_plan(plan_of_one(strategy.id), request, sealed); error < 0)
        return error;
    if (int error = ask_kernel(sealed.fd.get()); error < 0) {
        report.strategy = EXESEAL_STRATEGY_NONE;
        return fail(report, Failure::from(error, EXESEAL_STEP_EXECVEAT), strategy.id);
    }
    describe(sealed, report);
    return 0;
}

} // namespace

int probe(uint32_t id, exeseal_report &report) {
    Strategies plan = plan_of_one(id);
    if (plan.empty())
        return fail(report, {EXESEAL_STEP_ARGUMENT, EINVAL, "strategy"});
    Procfs procfs;
    UniqueFd memfd;
    if (plan[0]->probe_source == ProbeSource::SealedMemfd) {
        if (int error = seal_sample(procfs, report, memfd); error < 0)
            return error;
        report = {};
    }
    return try_strategy(*plan[0], memfd.get(), procfs, report);
}

} // namespace exeseal
