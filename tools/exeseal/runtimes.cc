// SPDX-License-Identifier: MIT
#include "runtimes.h"

#include "trust.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr const char *kHarmless = "--version"; // to a runtime; what other programs take it for is not known

Observation observe_kind(int fd, Runtime &runtime) {
    const RuntimeKind *kind = runtime.kind;
    const char *argument = kind != nullptr ? kind->argument : kHarmless;
    const char *variable = kind != nullptr ? kind->environment : nullptr;
    char *argv[] = {runtime.path, const_cast<char *>(argument), nullptr};
    char *envp[] = {const_cast<char *>(variable), nullptr};
    return observe(fd, argv, envp);
}

void observe_sealed(int fd, Runtime &runtime) {
    exeseal_clone_options options = {};
    options.require = EXESEAL_GUARANTEE_PEER_SEALED;
    int sealed = exeseal_clone(fd, &options, sizeof options, nullptr, 0);
    if (sealed < 0)
        return;
    runtime.from_sealed = observe_kind(sealed, runtime);
    close(sealed);
}

bool has_failed(const Observation &seen) {
    return seen.is_late || !WIFEXITED(seen.status) || WEXITSTATUS(seen.status) != 0;
}

bool ends_well(const Runtime &runtime) {
    return runtime.kind == nullptr || runtime.kind->ends_well;
}

bool is_failure(const Runtime &runtime, const Observation &seen) {
    return seen.executions > 0 && ends_well(runtime) && has_failed(seen);
}

// A mount that is read-only anyway is a copy to those who take one for it.
bool is_protected(const Runtime &runtime) {
    return runtime.by_path.executions > 1 || (runtime.by_path.last.flags & EXESEAL_INFO_READ_ONLY_MOUNT) != 0;
}

Verdict verdict_by_code(const RuntimeKind &kind) {
    return kind.when == nullptr ? Verdict::No : kind.is_on_request ? Verdict::OnRequest : Verdict::Yes;
}

Verdict verdict_of(const Runtime &runtime) {
    const RuntimeKind *kind = runtime.kind;
    if (is_failure(runtime, runtime.by_path))
        return Verdict::Fails;
    if (!is_seen(runtime))
        return kind != nullptr ? verdict_by_code(*kind) : Verdict::Unknown;
    if (kind == nullptr)
        return runtime.by_path.executions > 1 ? Verdict::Yes : Verdict::Unknown;
    if (is_protected(runtime))
        return verdict_by_code(*kind);
    return kind->ends_well ? Verdict::No : Verdict::Fails;
}

bool is_script(int fd) {
    exeseal_info info;
    return exeseal_inspect(fd, &info, sizeof info) == 0 && info.image == EXESEAL_IMAGE_SCRIPT;
}

bool is_file(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

const char *reason_not_to_execute(const Runtime &runtime, int fd) {
    if (runtime.kind == nullptr && !has_runtime_name(runtime.path))
        return "it is not called as a runtime is";
    return distrust(runtime.path, fd);
}

void look_at(int fd, Runtime &runtime) {
    runtime.unexecuted = reason_not_to_execute(runtime, fd);
    if (runtime.unexecuted != nullptr)
        return;
    runtime.by_path = observe_kind(fd, runtime);
    if (runtime.by_path.executions == 0)
        runtime.unexecuted = "it could not be started, or not be traced";
    else if (runtime.kind != nullptr && !runtime.by_path.is_late)
        observe_sealed(fd, runtime);
}

void judge(int fd, Runtime &runtime) {
    runtime.is_script = is_script(fd);
    if (runtime.is_script)
        return;
    runtime.kind = find_runtime_kind(fd);
    if (runtime.kind == nullptr || runtime.kind->argument != nullptr)
        look_at(fd, runtime);
    runtime.verdict = verdict_of(runtime);
}

} // namespace

bool is_seen(const Runtime &runtime) {
    return runtime.by_path.executions > 0;
}

const char *copy_name(const Runtime &runtime) {
    const exeseal_info &last = runtime.by_path.last;
    if (runtime.by_path.executions < 2 || last.type == 0)
        return nullptr;
    if ((last.guarantees & EXESEAL_GUARANTEE_SEALED) != 0)
        return "sealed-memfd";
    return (last.flags & EXESEAL_INFO_READ_ONLY_MOUNT) != 0 ? "read-only-mount" : "file";
}

Acceptance acceptance(const Runtime &runtime) {
    const Observation &seen = runtime.from_sealed;
    bool could_copy = runtime.by_path.executions > 1 || ends_well(runtime);
    if (seen.executions == 0 || is_failure(runtime, seen) || !could_copy)
        return Acceptance::Unknown;
    return seen.executions == 1 ? Acceptance::Seen : Acceptance::Refused;
}

int judge_runtime(const char *name, Runtime &runtime) {
    Program program;
    int error = find_file(name, program);
    if (error < 0 && find_system_program(name, program) < 0)
        return error;
    memcpy(runtime.path, program.path, sizeof runtime.path);
    error = is_file(program.fd) ? 0 : -EACCES;
    if (error == 0)
        judge(program.fd, runtime);
    close(program.fd);
    return error;
}

} // namespace exeseal_tool
