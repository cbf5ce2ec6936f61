// SPDX-License-Identifier: MIT
// The functions of exeseal.h that execute a descriptor, and those that build an environment.
#include "base/boundary.h"
#include "base/report.h"
#include "launch/environment.h"
#include "launch/exec.h"
#include "launch/options.h"
#include "launch/spawn.h"

using namespace exeseal;

namespace {

Failure check_execution(int fd, char *const argv[], const exeseal_exec_options *from, size_t size,
                        exeseal_exec_options &options) {
    if (Failure failure = read_exec_options(from, size, options))
        return failure;
    if (fd < 0)
        return bad_argument(EBADF, "fd");
    return argv == nullptr || argv[0] == nullptr ? bad_argument(EINVAL, "argv") : Failure{};
}

int execute(int fd, char *const argv[], char *const envp[], const exeseal_exec_options *from, size_t size,
            exeseal_report *report) {
    exeseal_exec_options options;
    if (Failure failure = check_execution(fd, argv, from, size, options))
        return fail(report, failure);
    return exec_fd(fd, argv, envp, options, report);
}

// Not inlined, so that exeseal_exec_fd without a report needs no stack for one.
[[gnu::noinline]] int execute_and_report(int fd, char *const argv[], char *const envp[],
                                         const exeseal_exec_options *from, size_t size, exeseal_report *report,
                                         size_t report_size) {
    OutReport out(report, report_size);
    return out.error() < 0 ? out.error() : execute(fd, argv, envp, from, size, &out.full);
}

} // namespace

int exeseal_exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options *options,
                    size_t options_size, exeseal_report *report, size_t report_size) {
    KeptErrno kept;
    if (report == nullptr && report_size == 0)
        return execute(fd, argv, envp, options, options_size, nullptr);
    return execute_and_report(fd, argv, envp, options, options_size, report, report_size);
}

int exeseal_spawn_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options *exec_from,
                     size_t exec_options_size, const exeseal_spawn_options *from, size_t options_size,
                     exeseal_report *report, size_t report_size) {
    OutReport out(report, report_size);
    if (out.error() < 0)
        return out.error();
    exeseal_exec_options exec_options;
    exeseal_spawn_options options;
    if (Failure failure = check_execution(fd, argv, exec_from, exec_options_size, exec_options))
        return fail(out.full, failure);
    if (Failure failure = read_spawn_options(from, options_size, options))
        return fail(out.full, failure);
    return spawn_fd(fd, argv, envp, exec_options, options, out.full);
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
