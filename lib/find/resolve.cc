// SPDX-License-Identifier: MIT
// Searches the directories for a program, judges each candidate, and says why one was refused.
#include "find/resolve.h"

#include "base/errno_name.h"
#include "base/permission.h"
#include "base/reopen.h"
#include "base/system_path.h"
#include "base/text.h"
#include "find/walk.h"
#include "find/wrapper.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace exeseal {
namespace {

constexpr int kWrappers = 2; // one in front of the other

constexpr std::string_view kVendor = "/opt";

bool is_name(std::string_view name) {
    return !name.empty() && name.size() < 256 && name != "." && name != "..";
}

// This candidate will not do, as opposed to trouble of our own, like no descriptors left.
bool is_about_candidate(int error) {
    return error == -EPERM || error == -ENOENT || error == -ENOTDIR || error == -EISDIR || error == -EACCES ||
           error == -ELOOP || error == -ENAMETOOLONG || error == -EINVAL;
}

bool is_missing(int error) {
    return error == -ENOENT || error == -ENOTDIR;
}

Reason reason_of(int error) {
    switch (error) {
    case -EISDIR:
        return "a directory";
    case -ELOOP:
        return "too many symbolic links";
    case -EACCES:
        return "a directory on the way may not be searched";
    case -ENOENT:
    case -ENOTDIR:
        return "missing";
    case -ENAMETOOLONG:
        return "its path is too long";
    default:
        return errno_name(-error);
    }
}

// /bin is /usr/bin on most systems, and /sbin /usr/sbin: looked into before, and not to be told of twice.
bool is_merged(std::string_view directory) {
    if (directory.starts_with("/usr/"))
        return false;
    char own[32], other[32];
    Text(own, sizeof own) << directory;
    Text(other, sizeof other) << "/usr" << directory;
    struct statx file, merged;
    return sys::statx(AT_FDCWD, own, 0, file) == 0 && sys::statx(AT_FDCWD, other, 0, merged) == 0 &&
           Identity(file) == Identity(merged);
}

int check_executable(const Found &found, Reason &reason) {
    int error = check_may_execute(found.fd.get());
    if (error == -EACCES)
        reason = "not executable for us, or on a noexec mount";
    return error;
}

// Without a usable /proc. The path may lead to another file by now, which is not the one that was judged.
int open_by_path(const Found &found, UniqueFd &program) {
    int error = program.take(sys::openat(AT_FDCWD, found.path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
    struct statx file;
    if (error >= 0)
        error = sys::statx(program.get(), "", AT_EMPTY_PATH, file);
    return error == 0 && Identity(file) != Identity(found.file) ? -ENOENT : error;
}

// Readable if it can be read. What may only be executed stays O_PATH.
int open_program(Found &found, UniqueFd &program) {
    int error = Procfs().reopen(found.fd.get(), found.file, program);
    if (error == -ENOENT)
        error = open_by_path(found, program);
    if (error == -EACCES) {
        program = std::move(found.fd);
        return 0;
    }
    return error < 0 ? error : 0;
}

class Resolver {
  public:
    Resolver(const Search &search, exeseal_resolution &resolution, Text &why)
        : request_(search), resolution_(resolution), why_(why) {}

    int by_path() {
        int result = consider(request_.name);
        if (refused_ && is_about_candidate(result))
            return -EPERM;
        return is_missing(result) ? -ENOENT : result;
    }

    int by_name() {
        if (int result = in_system(); is_over(result))
            return result;
        char vendor[300];
        Text(vendor, sizeof vendor) << kVendor << "/" << request_.name;
        if (int result = in_directory(vendor); is_over(result))
            return result;
        if (int result = in_list(or_empty(request_.directories)); is_over(result))
            return result;
        if (int result = in_list(is_privileged() ? "" : or_empty(request_.path)); is_over(result))
            return result;
        return refused_ ? -EPERM : -ENOENT;
    }

  private:
    static bool is_over(int result) { return result >= 0 || !is_about_candidate(result); }

    int in_system() {
        for (std::string_view rest = kSystemDirectories; !rest.empty();) {
            std::string_view directory = take_until(rest, ':');
            if (int result = is_merged(directory) ? -ENOENT : in_directory(directory); is_over(result))
                return result;
        }
        return -ENOENT;
    }

    static std::string_view or_empty(const char *list) { return list != nullptr ? list : ""; }

    int in_list(std::string_view list) {
        while (!list.empty()) {
            std::string_view directory = take_until(list, ':');
            // An empty or relative entry means the current directory, which is nobody's to trust.
            if (directory.starts_with('/'))
                if (int result = in_directory(directory); is_over(result))
                    return result;
        }
        return -ENOENT;
    }

    int in_directory(std::string_view directory) {
        char path[kPathSize];
        Text text(path, sizeof path);
        while (directory.ends_with('/'))
            directory.remove_suffix(1);
        text << directory << "/" << request_.name;
        return text.length() < sizeof path ? consider(path) : -ENAMETOOLONG;
    }

    // One candidate, and what it wraps.
    int consider(std::string_view candidate) {
        char path[kPathSize];
        resolution_ = {};
        if (candidate.size() >= sizeof path)
            return -ENAMETOOLONG;
        Text(path, sizeof path) << candidate;
        for (wrappers_ = 0;; wrappers_++) {
            Found found;
            UniqueFd program;
            Reason reason = nullptr;
            int result = walk(path, user_, found, reason);
            if (result == 0)
                result = check_executable(found, reason);
            if (result == 0)
                result = open_program(found, program);
            if (result == 0)
                result = look_for_wrapped(program.get(), found.path, path, reason);
            if (result == 0)
                return accept(candidate, found, program);
            if (result < 0)
                return reject(candidate, path, result, reason);
            resolution_.flags |= EXESEAL_RESOLUTION_WRAPPER;
        }
    }

    // 0: it is a program. kWrapper: `path` is the one that it wraps. `name`: the script's own.
    int look_for_wrapped(int program, std::string_view name, char (&path)[kPathSize], Reason &reason) {
        char text[kLongestWrapper + 1];
        ssize_t length = (request_.flags & EXESEAL_RESOLVE_SCRIPT) != 0 ? 0 : sys::pread(program, text, sizeof text, 0);
        if (length < 0)
            return length == -EBADF ? 0 : static_cast<int>(length); // O_PATH: it cannot be told
        std::string_view script(text, static_cast<size_t>(length));
        if (!is_script(script))
            return 0;
        if (script.size() > kLongestWrapper)
            return refuse("a script of more than 4096 bytes, which is no wrapper", reason);
        std::string_view wrapped = wrapped_program(script, reason);
        if (wrapped.empty())
            return -EPERM;
        if (!is_program_of(name, last_component(wrapped)))
            return refuse("a script that runs a program of another name", reason);
        if (wrappers_ == kWrappers)
            return refuse("a wrapper of a wrapper of a wrapper", reason);
        if (wrapped.size() >= sizeof path)
            return -ENAMETOOLONG;
        Text(path, sizeof path) << wrapped;
        return kWrapper;
    }

    // By the name that was asked for, which may be a link's, or by that of the first script.
    bool is_program_of(std::string_view script, std::string_view program) {
        if (wrappers_ == 0)
            Text(wrapper_name_, sizeof wrapper_name_) << last_component(script);
        return is_wrapped_name(program, last_component(request_.name)) || is_wrapped_name(program, wrapper_name_);
    }

    static int refuse(Reason why, Reason &reason) {
        reason = why;
        return -EPERM;
    }

    int accept(std::string_view candidate, const Found &found, UniqueFd &program) {
        Text(resolution_.path, sizeof resolution_.path) << candidate;
        Text(resolution_.resolved, sizeof resolution_.resolved) << std::string_view(found.path);
        return program.release();
    }

    // Of a directory that may not be searched it is not known whether it has the name that is looked for.
    bool is_unseen(int error, Reason reason) const {
        bool is_hidden = error == -EACCES && reason == nullptr && request_.name[0] != '/';
        return is_missing(error) || is_hidden;
    }

    int reject(std::string_view candidate, std::string_view path, int error, Reason reason) {
        bool is_wrapped = (resolution_.flags & EXESEAL_RESOLUTION_WRAPPER) != 0;
        if (!is_about_candidate(error) || (is_unseen(error, reason) && !is_wrapped))
            return error;
        refused_ = true;
        why_.printable(candidate) << ": ";
        if (is_wrapped)
            (why_ << "wraps ").printable(path) << ": ";
        why_ << (reason != nullptr ? reason : reason_of(error)) << "\n";
        return error;
    }

    static constexpr int kWrapper = 1;

    const Search &request_;
    exeseal_resolution &resolution_;
    Text &why_;
    const uint32_t user_ = trusted_user();
    int wrappers_ = 0;
    char wrapper_name_[256] = ""; // NAME_MAX and the end
    bool refused_ = false;
};

} // namespace

int resolve(const Search &search, exeseal_resolution &resolution, Text &why) {
    std::string_view name = search.name;
    Resolver resolver(search, resolution, why);
    if (name.starts_with('/'))
        return resolver.by_path();
    if (!is_name(name) || name.find('/') != name.npos)
        return -EINVAL;
    return resolver.by_name();
}

} // namespace exeseal
