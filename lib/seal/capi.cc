// SPDX-License-Identifier: MIT
// The functions of exeseal.h that clone, probe and inspect.
#include "base/boundary.h"
#include "base/report.h"
#include "seal/inspect.h"
#include "seal/options.h"
#include "seal/plan.h"
#include "seal/probe.h"

using namespace exeseal;

namespace {

// The size in version 0.1. It does not change when the struct grows.
constexpr size_t kFirstInfo = 368;
static_assert(sizeof(exeseal_info) == kFirstInfo);

// `chosen` is the failure to choose the source, if any.
int seal(const Failure &chosen, const exeseal_clone_options &options, Source &source, Procfs &procfs,
         exeseal_report &report) {
    if (chosen)
        return fail(report, chosen);
    Request request = {options, source, procfs, report};
    return make_sealed(request, plan_of(options));
}

} // namespace

int exeseal_clone(int source_fd, const exeseal_clone_options *from, size_t options_size, exeseal_report *report,
                  size_t report_size) {
    OutReport out(report, report_size);
    if (out.error() < 0)
        return out.error();
    exeseal_clone_options options;
    if (Failure failure = read_clone_options(from, options_size, options))
        return fail(out.full, failure);
    Source source;
    Procfs procfs;
    return seal(source.use_descriptor(source_fd, procfs), options, source, procfs, out.full);
}

int exeseal_clone_self(const exeseal_clone_options *from, size_t options_size, exeseal_report *report,
                       size_t report_size) {
    OutReport out(report, report_size);
    if (out.error() < 0)
        return out.error();
    exeseal_clone_options options;
    if (Failure failure = read_clone_options(from, options_size, options))
        return fail(out.full, failure);
    Source source;
    Procfs procfs;
    return seal(source.use_running_program(procfs), options, source, procfs, out.full);
}

int exeseal_clone_memory(const void *bytes, size_t length, const exeseal_clone_options *from, size_t options_size,
                         exeseal_report *report, size_t report_size) {
    OutReport out(report, report_size);
    if (out.error() < 0)
        return out.error();
    exeseal_clone_options options;
    if (Failure failure = read_clone_options(from, options_size, options))
        return fail(out.full, failure);
    Source source;
    Procfs procfs;
    return seal(source.use_memory(bytes, length), options, source, procfs, out.full);
}

int exeseal_probe(uint32_t strategy, exeseal_report *report, size_t report_size) {
    OutReport out(report, report_size);
    return out.error() < 0 ? out.error() : probe(strategy, out.full);
}

int exeseal_inspect(int fd, exeseal_info *info, size_t info_size) {
    Out out(info, info_size, kFirstInfo);
    if (out.error() < 0)
        return out.error();
    return out.is_wanted() ? inspect(fd, out.full) : -EINVAL;
}

int exeseal_inspect_self(exeseal_info *info, size_t info_size) {
    Out out(info, info_size, kFirstInfo);
    if (out.error() < 0)
        return out.error();
    return out.is_wanted() ? inspect_self(out.full) : -EINVAL;
}
