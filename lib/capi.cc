// SPDX-License-Identifier: MIT
// The C boundary: sizes in, structs out, errno as it was. No logic.
#include "exeseal.h"

#include "base/errno_name.h"
#include "base/hint.h"
#include "base/names.h"
#include "base/report.h"
#include "base/text.h"
#include "find/resolve.h"
#include "launch/environment.h"
#include "launch/exec.h"
#include "launch/spawn.h"
#include "options.h"
#include "reexec.h"
#include "seal/clone.h"
#include "seal/inspect.h"
#include "seal/plan.h"
#include "seal/probe.h"

#include <climits>

using namespace exeseal;

namespace {

// The sizes of version 0.1, which stay when the structs grow.
constexpr size_t kFirstReport = 1072, kFirstInfo = 368, kFirstResolution = 4040;
static_assert(sizeof(exeseal_report) == kFirstReport && sizeof(exeseal_info) == kFirstInfo &&
              sizeof(exeseal_resolution) == kFirstResolution);

// Functions answer with their return value; what a host program has in errno is its own.
class KeptErrno {
  public:
    KeptErrno() = default;
    ~KeptErrno() { errno = saved_; }
    KeptErrno(const KeptErrno &) = delete;
    KeptErrno &operator=(const KeptErrno &) = delete;

  private:
    int saved_ = errno;
};

// Runs a call with a report of its own and hands the caller's filled in. `call` returns >= 0 or -errno. Not inlined, so
// that exeseal_exec_fd needs no stack for a report that nobody wants.
template <typename Call> [[gnu::noinline]] int with_report(exeseal_report *report, size_t report_size, Call call) {
    KeptErrno kept;
    if (int error = check_out_struct(report, report_size, kFirstReport); error < 0)
        return error;
    exeseal_report full = {};
    int result = call(full);
    write_out_struct(report, report_size, &full, sizeof full);
    return result;
}

// The same with an info, which has to be there.
template <typename Call> int with_info(exeseal_info *info, size_t info_size, Call call) {
    KeptErrno kept;
    if (int error = check_out_struct(info, info_size, kFirstInfo); info == nullptr || error < 0)
        return error < 0 ? error : -EINVAL;
    exeseal_info full;
    int result = call(full);
    write_out_struct(info, info_size, &full, sizeof full);
    return result;
}

int fail(exeseal_report *report, const Failure &failure) {
    record(report, EXESEAL_STRATEGY_NONE, failure);
    return -failure.error;
}

int fail(exeseal_report &report, const Failure &failure) {
    return fail(&report, failure);
}

bool is_empty(char *const argv[]) {
    return argv == nullptr || argv[0] == nullptr;
}

Failure check_execution(int fd, char *const argv[], const exeseal_exec_options *from, size_t size,
                        exeseal_exec_options &options) {
    if (Failure failure = read_exec_options(from, size, options))
        return failure;
    if (fd < 0)
        return {EXESEAL_STEP_ARGUMENT, EBADF, "fd"};
    return is_empty(argv) ? Failure{EXESEAL_STEP_ARGUMENT, EINVAL, "argv"} : Failure{};
}

// `choose` points the source at what is to be cloned.
template <typename Choose>
int clone_source(const exeseal_clone_options *from, size_t size, exeseal_report *report, size_t report_size,
                 Choose choose) {
    return with_report(report, report_size, [&](exeseal_report &full) {
        exeseal_clone_options options;
        if (Failure failure = read_clone_options(from, size, options))
            return fail(full, failure);
        Source source;
        Procfs procfs;
        if (Failure failure = choose(source, procfs))
            return fail(full, failure);
        Clone call = {options, source, procfs, full};
        return clone(call, plan_of(options));
    });
}

} // namespace

uint32_t exeseal_version(void) {
    return EXESEAL_VERSION_MAJOR << 16 | EXESEAL_VERSION_MINOR << 8 | EXESEAL_VERSION_PATCH;
}

const char *exeseal_mode_name(uint32_t mode) {
    return mode_name(mode);
}
const char *exeseal_strategy_name(uint32_t strategy) {
    return strategy_name(strategy);
}
const char *exeseal_step_name(uint32_t step) {
    return step_name(step);
}
uint32_t exeseal_step_kind(uint32_t step) {
    return step_kind(step);
}
const char *exeseal_guarantee_name(uint32_t bit) {
    return guarantee_name(bit);
}
const char *exeseal_evidence_name(uint32_t evidence) {
    return evidence_name(evidence);
}

const char *exeseal_errno_name(int error) {
    return errno_name(error);
}
const char *exeseal_advice(uint32_t strategy, uint32_t step, int error) {
    return hint(strategy, step, error);
}

int exeseal_mode_parse(const char *text, uint32_t *mode) {
    return text != nullptr && mode != nullptr && parse_mode(text, *mode) ? 0 : -EINVAL;
}

int exeseal_guarantee_parse(const char *text, uint64_t *bits) {
    return text != nullptr && bits != nullptr && parse_guarantees(text, *bits) ? 0 : -EINVAL;
}

int exeseal_report_format(const exeseal_report *report, size_t report_size, char *buffer, size_t buffer_size) {
    if (report == nullptr || report_size < kFirstReport || (buffer == nullptr && buffer_size != 0))
        return -EINVAL;
    size_t length = format(*report, buffer, buffer_size);
    return length <= INT_MAX ? static_cast<int>(length) : -EOVERFLOW;
}

int exeseal_clone(int source_fd, const exeseal_clone_options *options, size_t options_size, exeseal_report *report,
                  size_t report_size) {
    return clone_source(options, options_size, report, report_size,
                        [&](Source &source, Procfs &procfs) { return source.use_descriptor(source_fd, procfs); });
}

int exeseal_clone_self(const exeseal_clone_options *options, size_t options_size, exeseal_report *report,
                       size_t report_size) {
    return clone_source(options, options_size, report, report_size,
                        [&](Source &source, Procfs &procfs) { return source.use_running_program(procfs); });
}

int exeseal_clone_memory(const void *bytes, size_t length, const exeseal_clone_options *options, size_t options_size,
                         exeseal_report *report, size_t report_size) {
    return clone_source(options, options_size, report, report_size,
                        [&](Source &source, Procfs &) { return source.use_memory(bytes, length); });
}

int exeseal_probe(uint32_t strategy, exeseal_report *report, size_t report_size) {
    return with_report(report, report_size, [&](exeseal_report &full) { return probe(strategy, full); });
}

int exeseal_exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options *from,
                    size_t options_size, exeseal_report *report, size_t report_size) {
    auto execute = [&](exeseal_report *wanted) {
        exeseal_exec_options options;
        if (Failure failure = check_execution(fd, argv, from, options_size, options))
            return fail(wanted, failure);
        return exec_fd(fd, argv, envp, options, wanted);
    };
    KeptErrno kept;
    if (report == nullptr && report_size == 0)
        return execute(nullptr);
    return with_report(report, report_size, [&](exeseal_report &full) { return execute(&full); });
}

int exeseal_spawn_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options *exec_from,
                     size_t exec_options_size, const exeseal_spawn_options *from, size_t options_size,
                     exeseal_report *report, size_t report_size) {
    return with_report(report, report_size, [&](exeseal_report &full) {
        exeseal_exec_options exec_options;
        exeseal_spawn_options options;
        if (Failure failure = check_execution(fd, argv, exec_from, exec_options_size, exec_options))
            return fail(full, failure);
        if (Failure failure = read_spawn_options(from, options_size, options))
            return fail(full, failure);
        return spawn_fd(fd, argv, envp, exec_options, options, full);
    });
}

int exeseal_reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options *from, size_t options_size,
                        exeseal_report *report, size_t report_size) {
    return with_report(report, report_size, [&](exeseal_report &full) {
        exeseal_clone_options options;
        if (Failure failure = read_reexec_options(from, options_size, options))
            return fail(full, failure);
        if (is_empty(argv))
            return fail(full, {EXESEAL_STEP_ARGUMENT, EINVAL, "argv"});
        return reexec_self(argv, envp, options, full);
    });
}

int exeseal_environment(const char *const names[], char *const from[], char *envp[], size_t envp_count, char *buffer,
                        size_t buffer_size) {
    if (envp == nullptr || buffer == nullptr)
        return -EINVAL;
    return build_environment(names, from, {envp, envp_count, buffer, buffer_size});
}

int exeseal_environment_filter(char *const from[], const int32_t *keep, uint32_t keep_count, char *envp[],
                               size_t envp_count) {
    if (envp == nullptr || (keep == nullptr && keep_count != 0))
        return -EINVAL;
    return filter_environment(from, keep, keep_count, envp, envp_count);
}

int exeseal_resolve(const char *name, const char *directories, const char *path, const exeseal_resolve_options *from,
                    size_t options_size, exeseal_resolution *resolution, size_t resolution_size, char *why,
                    size_t why_size) {
    KeptErrno kept;
    if (why == nullptr && why_size != 0)
        return -EINVAL;
    Text text(why, why_size);
    if (int error = check_out_struct(resolution, resolution_size, kFirstResolution); error < 0)
        return error;
    exeseal_resolve_options options;
    if (Failure failure = read_resolve_options(from, options_size, options))
        return -failure.error;
    if (name == nullptr)
        return -EINVAL;
    exeseal_resolution full = {};
    int result = resolve({name, directories, path, options.flags}, full, text);
    if (result < 0)
        full = {};
    write_out_struct(resolution, resolution_size, &full, sizeof full);
    return result;
}

int exeseal_inspect(int fd, exeseal_info *info, size_t info_size) {
    return with_info(info, info_size, [&](exeseal_info &full) { return inspect(fd, full); });
}

int exeseal_inspect_self(exeseal_info *info, size_t info_size) {
    return with_info(info, info_size, [](exeseal_info &full) { return inspect_self(full); });
}
