// SPDX-License-Identifier: MIT
// Fuzzes the names and the directories of exeseal_resolve.
#include "fuzz.h"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

using namespace exeseal::fuzz;

namespace {

struct Question {
    std::string name, directories, path;
    bool has_directories, has_path;
    exeseal_resolve_options options;
};

int ask(const Question &question, exeseal_resolution *resolution, char *why, size_t room) {
    return exeseal_resolve(question.name.c_str(), question.has_directories ? question.directories.c_str() : nullptr,
                           question.has_path ? question.path.c_str() : nullptr, &question.options,
                           sizeof question.options, resolution, resolution != nullptr ? sizeof *resolution : 0, why,
                           room);
}

void hold_found(int fd, const exeseal_resolution &resolution) {
    struct stat found, named;
    hold(fd >= 3, "a result is never 0, 1 or 2");
    hold(memchr(resolution.path, '\0', sizeof resolution.path) != nullptr &&
             memchr(resolution.resolved, '\0', sizeof resolution.resolved) != nullptr,
         "both paths end in a NUL");
    hold(resolution.path[0] == '/' && resolution.resolved[0] == '/', "both paths are absolute");
    hold(fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & 0111) != 0, "a program is found");
    hold((found.st_mode & 022) == 0 || (found.st_mode & 002) == 0, "the program is not writable by all");
    hold(stat(resolution.resolved, &named) == 0 && named.st_ino == found.st_ino && named.st_dev == found.st_dev,
         "the descriptor is that of the resolved path");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Input input(data, size);
    size_t room = input.byte() * size_t{4};
    uint8_t flags = input.byte();
    Question question = {};
    question.options.flags = flags & EXESEAL_RESOLVE_SCRIPT;
    question.has_directories = (flags & 2) != 0;
    question.has_path = (flags & 4) != 0;
    question.name = input.text();
    question.directories = input.text();
    question.path = input.text();

    SameDescriptors same;
    exeseal_resolution resolution, again;
    memset(&resolution, 0xff, sizeof resolution);
    Exact why(16384), cut(room);
    int fd = ask(question, &resolution, why.as(), why.size());
    int second = ask(question, &again, cut.as(), room);
    hold((fd >= 0 && second >= 0) || fd == second, "the same answer twice");
    hold(is_same(resolution, again), "the same paths twice");

    std::string whole = why.as();
    hold(is_printable(whole), "the reasons are printable");
    hold(whole.empty() || whole.size() + 1 == why.size() || whole.back() == '\n', "each reason is a line");
    hold(fd != -EPERM || !whole.empty(), "a refusal has a reason");
    if (room != 0) {
        hold(cut.bytes().find('\0') != cut.bytes().npos, "a cut text ends in a NUL");
        std::string_view shown = cut.as();
        hold(whole.substr(0, shown.size()) == shown, "a cut text is the beginning of the whole");
        hold(shown.size() == std::min(room - 1, whole.size()), "no more is cut than has to be");
    }
    const std::string &name = question.name;
    bool has_slash = name.find('/') != name.npos;
    if (name.empty() || name == "." || name == ".." || (has_slash && name[0] != '/'))
        hold(fd == -EINVAL, "a name that is relative or empty is rejected");
    if (fd < 0) {
        hold(is_same(resolution, exeseal_resolution{}), "without a result both paths are empty");
        return 0;
    }
    hold_found(fd, resolution);
    close(fd);
    close(second);
    return 0;
}
