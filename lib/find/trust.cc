// SPDX-License-Identifier: MIT
// Decides which directories and files are trusted, from what an open descriptor says.
#include "find/trust.h"

#include "base/text.h"

#include <sys/auxv.h>

namespace exeseal {
namespace {

constexpr std::string_view kStore = "/nix/store";
constexpr uint32_t kOthersWrite = 0022, kAnyoneWrites = 0222;

// Stands for every user that has no number here: in a user namespace, or on a mount that maps them (kernel.overflowuid,
// whose default it is). Whoever is it himself owns nothing that can be told from theirs.
constexpr uint32_t kUnmapped = 65534;

// Only the reader knows whether that is root of the host.
#define UNMAPPED                                                                                                       \
    "belongs to user 65534, which this user namespace shows for every user without a mapping: "                        \
    "if you trust the program, run it by its path"

bool is_owned_by(const struct statx &file, uint32_t user) {
    return file.stx_uid == 0 || file.stx_uid == user;
}

bool is_in_store(std::string_view path) {
    return begins_with(path, kStore) && path.size() > kStore.size() && path[kStore.size()] == '/';
}

// A file of the store is immutable by convention, whoever built it: what its owner cannot write, in a directory that
// nobody can write, is taken for that.
bool is_store_artifact(const struct statx &file, std::string_view path) {
    return is_in_store(path) && (file.stx_mode & kAnyoneWrites) == 0;
}

// Nix makes it 1775. In one that all may write to, all could put something where a link still leads that dangles.
bool is_store_itself(const struct statx &directory, std::string_view path) {
    return path == kStore && directory.stx_uid == 0 && (directory.stx_mode & (S_ISVTX | S_IWOTH)) == S_ISVTX;
}

} // namespace

// Without capget(2), which a filter can take away, nobody is known to have none.
bool is_privileged() {
    return sys::geteuid() == 0 || getauxval(AT_SECURE) != 0 || sys::capget_any() != 0;
}

uint32_t trusted_user() {
    if (is_privileged())
        return 0;
    uint32_t user = sys::geteuid();
    return user != kUnmapped ? user : 0;
}

Failure distrust_directory(const struct statx &directory, std::string_view path, uint32_t user) {
    if ((directory.stx_mode & kOthersWrite) != 0 && !is_store_itself(directory, path))
        return {EXESEAL_STEP_LOCATE, EPERM, "a parent directory is writable by group or others"};
    if (is_owned_by(directory, user) || is_store_artifact(directory, path))
        return {};
    bool is_unmapped = directory.stx_uid == kUnmapped;
    return {EXESEAL_STEP_LOCATE, EPERM,
            is_unmapped ? "a parent directory " UNMAPPED : "a parent directory belongs to another user"};
}

Failure distrust_file(const struct statx &file, const struct statx &parent, std::string_view path, uint32_t user) {
    if (!S_ISREG(file.stx_mode))
        return {EXESEAL_STEP_SOURCE, EPERM, "not a regular file"};
    if ((file.stx_mode & (S_ISUID | S_ISGID)) != 0)
        return {EXESEAL_STEP_PRIVILEGES, EPERM, "setuid or setgid, which a sealed copy would lose"};
    if ((file.stx_mode & kOthersWrite) != 0)
        return {EXESEAL_STEP_SOURCE, EPERM, "writable by group or others"};
    bool is_artifact = is_store_artifact(file, path) && (parent.stx_mode & kAnyoneWrites) == 0;
    if (is_owned_by(file, user) || is_artifact)
        return {};
    return {EXESEAL_STEP_SOURCE, EPERM, file.stx_uid == kUnmapped ? UNMAPPED : "belongs to another user"};
}

} // namespace exeseal
