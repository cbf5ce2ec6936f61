// SPDX-License-Identifier: MIT
// Looks for container runtimes on this host, and judges whether they protect themselves.
#include "runtimes.h"

#include "text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

// to a runtime; other programs may do anything with it
constexpr const char *kHarmless = "--version";

Observation observe_kind(int fd, Runtime &runtime) {
    const RuntimeKind *kind = runtime.kind;
    const char *argument = kind != nullptr ? kind->argument : kHarmless;
    const char *variable = kind != nullptr ? kind->environment : nullptr;
    char *argv[] = {runtime.program.path, const_cast<char *>(argument), nullptr};
    char *envp[] = {const_cast<char *>(variable), nullptr};
    return observe(fd, argv, envp);
}

void observe_sealed(int fd, Runtime &runtime, uint64_t max_bytes) {
    exeseal_clone_options options = {};
    options.require = EXESEAL_GUARANTEE_PEER_SEALED;
    options.max_bytes = max_bytes < kLargestProgram ? max_bytes : kLargestProgram;
    int sealed = exeseal_clone(fd, &options, sizeof options, nullptr, 0);
    runtime.is_too_large = sealed == -EFBIG;
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

// A runtime that copies itself accepts a read-only mount as a copy.
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

const char *reason_not_to_execute(const Runtime &runtime) {
    if (runtime.refusal[0] != '\0')
        return runtime.refusal;
    bool is_called_so = runtime.kind != nullptr || has_runtime_name(runtime.program.path);
    return is_called_so ? nullptr : "its name is not that of a runtime";
}

void look_at(int fd, Runtime &runtime, uint64_t max_bytes) {
    runtime.by_path = observe_kind(fd, runtime);
    if (runtime.by_path.executions == 0)
        runtime.unexecuted = "it could not be started or traced";
    else if (runtime.kind != nullptr && !runtime.by_path.is_late)
        observe_sealed(fd, runtime, max_bytes);
}

void judge(int fd, Runtime &runtime, uint64_t max_bytes) {
    runtime.is_script = is_script(fd);
    runtime.kind = runtime.is_script ? nullptr : find_runtime_kind(fd);
    runtime.unexecuted = reason_not_to_execute(runtime);
    bool shows_itself = runtime.kind == nullptr || runtime.kind->argument != nullptr;
    if (shows_itself && runtime.unexecuted == nullptr)
        look_at(fd, runtime, max_bytes);
    runtime.verdict = verdict_of(runtime);
}

bool is_path(const char *name) {
    return strchr(name, '/') != nullptr;
}

int resolve_from_here(const char *name, Program &program) {
    char here[PATH_MAX / 2], path[PATH_MAX];
    if (!is_path(name) || name[0] == '/')
        return resolve_program(name, nullptr, program);
    if (getcwd(here, sizeof here) == nullptr)
        return -errno;
    bool fits = snprintf(path, sizeof path, "%s/%s", here, name) < static_cast<int>(sizeof path);
    return fits ? resolve_program(path, nullptr, program) : -ENAMETOOLONG;
}

// Opens the first candidate by the path in its line, or by the path that the user gave. The
// descriptor stays -1 if the file cannot be read.
int open_refused(const char *name, Runtime &runtime) {
    Program &program = runtime.program;
    const char *rest = program.refusals;
    Refusal first;
    if (!take_refusal(rest, first))
        return -EPERM;
    snprintf(runtime.refusal, sizeof runtime.refusal, "%.*s", first.reason.length, first.reason.text);
    if (is_path(name))
        snprintf(program.path, sizeof program.path, "%s", name);
    else
        snprintf(program.path, sizeof program.path, "%.*s", first.path.length, first.path.text);
    program.fd = open(program.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return program.fd < 0 || is_file(program.fd) ? 0 : -EPERM;
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

int find_runtime(const char *name, Runtime &runtime) {
    runtime = {}; // it may have been used before
    Program &program = runtime.program;
    int error = resolve_from_here(name, program);
    if (error == -EPERM)
        error = open_refused(name, runtime);
    if (error < 0 && program.fd >= 0)
        close(program.fd);
    return error;
}

void judge_runtime(Runtime &runtime, uint64_t max_bytes) {
    judge(runtime.program.fd, runtime, max_bytes);
    if (runtime.program.fd >= 0)
        close(runtime.program.fd);
}

} // namespace exeseal_tool
