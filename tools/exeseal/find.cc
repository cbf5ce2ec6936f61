// SPDX-License-Identifier: MIT
// Finds the program that the user named, and explains a search that failed.
#include "find.h"

#include "message.h"
#include "surroundings.h"
#include "text.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>

namespace exeseal_tool {
namespace {

int open_named(const char *path, Program &program) {
    if (strlen(path) >= sizeof program.path)
        return -ENAMETOOLONG;
    strcpy(program.path, path);
    program.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return program.fd < 0 ? -errno : 0;
}

// A line is "PATH: REASON". The reason is a sentence if exeseal rejected the candidate, and the
// name of an errno if the kernel did.
bool is_any_refused(const char *refusals) {
    for (Line line; take_line(refusals, line);) {
        const char *reason = line.text + line.length;
        while (reason > line.text && reason[-1] != ' ')
            reason--;
        size_t length = static_cast<size_t>(line.text + line.length - reason);
        bool is_errno = *reason == 'E' && strspn(reason, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == length;
        if (!is_errno || reason < line.text + 2 || reason[-2] != ':')
            return true;
    }
    return false;
}

const char *in_words(int error, const Program &program) {
    switch (error) {
    case -EPERM:
        return is_any_refused(program.refusals) ? "found, but refused" : "found, but cannot be examined";
    case -EINVAL:
        return "neither the name of a program nor an absolute path";
    default:
        return strerror(-error);
    }
}

int exit_code(int error) {
    if (error == -ENOENT || error == -ENOTDIR)
        return kNotFound;
    return is_own_trouble(-error) ? kFailed : kCannotExecute;
}

} // namespace

int resolve_program(const char *name, const char *directories, Program &program) {
    exeseal_resolution found;
    program.fd = exeseal_resolve(name, directories, getenv("PATH"), nullptr, 0, &found, sizeof found, program.refusals,
                                 sizeof program.refusals);
    if (program.fd < 0)
        return program.fd;
    program.is_wrapped = (found.flags & EXESEAL_RESOLUTION_WRAPPER) != 0;
    static_assert(sizeof found.path <= sizeof program.path && sizeof found.resolved <= sizeof program.resolved);
    memcpy(program.path, found.path, sizeof found.path);
    memcpy(program.resolved, found.resolved, sizeof found.resolved);
    return 0;
}

bool take_refusal(const char *&lines, Refusal &refusal) {
    constexpr const char *kBeforeReason = ": ";
    Line line;
    const char *reason = strstr(lines, kBeforeReason);
    if (!take_line(lines, line) || reason == nullptr || reason >= line.text + line.length)
        return false; // the line is cut within the path
    int length = static_cast<int>(reason - line.text);
    int skipped = length + static_cast<int>(strlen(kBeforeReason));
    refusal.path = {line.text, length};
    refusal.reason = {line.text + skipped, line.length - skipped};
    return true;
}

int find_program(const char *name, Program &program) {
    return strchr(name, '/') != nullptr ? open_named(name, program) : resolve_program(name, nullptr, program);
}

bool is_found_elsewhere(const Program &program) {
    return program.resolved[0] != '\0' && strcmp(program.path, program.resolved) != 0;
}

int complain_of_search(const char *name, int error, const Program &program) {
    complain(name, in_words(error, program));
    print_lines(program.refusals);
    if (strstr(program.refusals, ": EPERM\n") != nullptr && is_filtered())
        print_lines(
            "EPERM: most likely a seccomp filter refuses the system call. Allow it in the profile of the sandbox.");
    return exit_code(error);
}

} // namespace exeseal_tool
