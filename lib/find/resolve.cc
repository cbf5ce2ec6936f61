// SPDX-License-Identifier: MIT
// Searches directories for a program, checks each candidate, and reports refusals.
#include "find/resolve.h"

#include "base/errno_class.h"
#include "base/permission.h"
#include "base/reopen.h"
#include "base/system_path.h"
#include "base/text.h"
#include "find/refusal.h"
#include "find/walk.h"
#include "find/wrapper.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace exeseal {
namespace {

constexpr int kWrappers = 2; // nested

constexpr std::string_view kVendor = "/opt";

bool is_name(std::string_view name) {
    return !name.empty() && name.size() < 256 && name != "." && name != "..";
}

// True if the directory is merged with the one of the same name below /usr, as /bin and /sbin are
// on most systems. That one was searched before; a second search would only report its refusals
// twice. Does not call starts_with, which requires libstdc++ at -O0.
bool is_merged(std::string_view directory) {
    if (directory.size() > 5 && memcmp(directory.data(), "/usr/", 5) == 0)
        return false;
    char own[32], other[32];
    Text(own, sizeof own) << directory;
    Text(other, sizeof other) << "/usr" << directory;
    struct statx file, merged;
    bool are_there = sys::statx(AT_FDCWD, own, 0, file) == 0 && sys::statx(AT_FDCWD, other, 0, merged) == 0;
    return are_there && Identity(file) == Identity(merged);
}

// A fast check that skips the walk: an absent file cannot be refused. If the path contains a
// symbolic link, or openat2(2) is missing or filtered, the answer is false and the walk decides.
bool is_absent(const char *path) {
    UniqueFd found;
    return is_missing(found.take(sys::openat2_no_symlinks(AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC)));
}

Failure check_executable(const Found &found) {
    return Failure::from(check_may_execute(found.fd.get()), EXESEAL_STEP_NOEXEC);
}

// Opens the program by its name. Returns -ENOENT if the name belongs to another file by now, since
// that file was not checked. It may be a FIFO, because the owner of a directory in /nix/store need
// not be trusted; O_NONBLOCK prevents waiting for a writer.
int open_by_name(const Found &found, UniqueFd &program) {
    const char *name = last_component(found.path).data();
    constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
    int error = program.take(sys::openat(found.directory.get(), name, kFlags));
    struct statx file;
    if (error >= 0)
        error = sys::statx(program.get(), "", AT_EMPTY_PATH, file);
    if (error < 0)
        return error;
    return Identity(file) == Identity(found.file) ? sys::fcntl(program.get(), F_SETFL, 0) : -ENOENT;
}

// Opens the program for reading, or returns its O_PATH descriptor if it is not readable. A file
// that was replaced after the check is opened through /proc.
Failure open_program(Found &found, UniqueFd &program) {
    int error = open_by_name(found, program);
    if (error < 0 && error != -EACCES)
        error = Procfs().reopen(found.fd.get(), found.file, program);
    if (error == -EACCES) {
        program = std::move(found.fd);
        return {};
    }
    return Failure::from(error, EXESEAL_STEP_REOPEN);
}

class Resolver {
  public:
    Resolver(const Search &search, exeseal_resolution &resolution, Text &why)
        : request_(search), resolution_(resolution), why_(why) {}

    int by_path() {
        int result = consider(request_.name);
        if (refused_ && is_about_path(result))
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
    static bool is_over(int result) { return result >= 0 || !is_about_path(result); }

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
            // Empty and relative entries mean the current directory, which is never trusted.
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
        if (text.length() >= sizeof path)
            return -ENAMETOOLONG;
        return is_absent(path) ? -ENOENT : consider(path);
    }

    // Checks one candidate and the programs that it wraps.
    int consider(std::string_view candidate) {
        char path[kPathSize];
        resolution_ = {};
        if (candidate.size() >= sizeof path)
            return -ENAMETOOLONG;
        Text(path, sizeof path) << candidate;
        for (wrappers_ = 0;; wrappers_++) {
            Found found;
            UniqueFd program;
            std::string_view wrapped;
            Failure failure = walk(path, user_, found);
            if (!failure)
                failure = check_executable(found);
            if (!failure)
                failure = open_program(found, program);
            if (!failure)
                failure = look_for_wrapped(program.get(), found.path, wrapped);
            if (failure)
                return reject(candidate, path, found.parent, failure);
            if (wrapped.empty())
                return accept(candidate, found, program);
            Text(path, sizeof path) << wrapped;
            resolution_.flags |= EXESEAL_RESOLUTION_WRAPPER;
        }
    }

    // Sets `wrapped` to "" if the file is not a wrapper. `name` is the script's own path.
    Failure look_for_wrapped(int program, std::string_view name, std::string_view &wrapped) {
        if ((request_.flags & EXESEAL_RESOLVE_SCRIPT) != 0)
            return {};
        ssize_t length = sys::pread(program, text_, sizeof text_, 0);
        if (length == -EBADF) // O_PATH: the content cannot be read
            return {};
        if (length < 0)
            return Failure::from(length, EXESEAL_STEP_SOURCE);
        std::string_view script(text_, static_cast<size_t>(length));
        return is_script(script) ? unwrap(script, name, wrapped) : Failure{};
    }

    Failure unwrap(std::string_view script, std::string_view name, std::string_view &wrapped) {
        if (script.size() > kLongestWrapper)
            return refuse_script("a script of more than 4096 bytes, too long for a Nix wrapper");
        if (Failure failure = wrapped_program(script, wrapped))
            return failure;
        if (!is_program_of(name, last_component(wrapped)))
            return refuse_script("a script that runs a program with another name");
        if (wrappers_ == kWrappers)
            return refuse_script("more than two nested wrappers");
        bool fits = wrapped.size() < kPathSize;
        return Failure::unless(fits, EXESEAL_STEP_SCRIPT, ENAMETOOLONG);
    }

    // The wrapped program must match the requested name, which may be a symbolic link's, or the
    // name of the first script.
    bool is_program_of(std::string_view script, std::string_view program) {
        if (wrappers_ == 0)
            Text(wrapper_name_, sizeof wrapper_name_) << last_component(script);
        return is_wrapped_name(program, last_component(request_.name)) || is_wrapped_name(program, wrapper_name_);
    }

    static Failure refuse_script(const char *rule) { return {EXESEAL_STEP_SCRIPT, EPERM, rule}; }

    int accept(std::string_view candidate, const Found &found, UniqueFd &program) {
        Text(resolution_.path, sizeof resolution_.path) << candidate;
        Text(resolution_.resolved, sizeof resolution_.resolved) << std::string_view(found.path);
        return program.release();
    }

    // True if the candidate is absent, or may be: whether a directory contains the name is unknown
    // without permission to search it.
    bool is_unseen(const Failure &failure) const {
        bool is_hidden = failure.step == EXESEAL_STEP_LOCATE && failure.error == EACCES;
        return is_missing(-failure.error) || (is_hidden && request_.name[0] != '/');
    }

    int reject(std::string_view candidate, std::string_view path, std::string_view parent, const Failure &failure) {
        bool is_wrapped = (resolution_.flags & EXESEAL_RESOLUTION_WRAPPER) != 0;
        if (!is_about_path(-failure.error))
            return -failure.error;
        if (is_unseen(failure) && !is_wrapped)
            return -failure.error;
        refused_ = true;
        why_ << Refusal{candidate, is_wrapped ? path : "", parent, failure};
        return -failure.error;
    }

    const Search &request_;
    exeseal_resolution &resolution_;
    Text &why_;
    const uint32_t user_ = trusted_user();
    int wrappers_ = 0;
    char wrapper_name_[256] = "";    // NAME_MAX and a NUL
    char text_[kLongestWrapper + 1]; // content of the last script
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
