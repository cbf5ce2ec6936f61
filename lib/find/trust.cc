// SPDX-License-Identifier: MIT
// Decides which directories and files are trusted, by the metadata of an open descriptor.
#include "find/trust.h"

#include "base/text.h"

#include <sys/auxv.h>

namespace exeseal {
namespace {

constexpr std::string_view kStore = "/nix/store";
constexpr uint32_t kOthersWrite = 0022, kAnyoneWrites = 0222;

// The overflow UID (default of kernel.overflowuid): every user without a mapping, in this user
// namespace or on an idmapped mount, appears as 65534. A process that runs as 65534 cannot tell its
// own files from theirs, so it is treated as owning none.
constexpr uint32_t kUnmapped = 65534;

// The user may know that this is the host's root; exeseal cannot.
#define UNMAPPED                                                                                                       \
    "belongs to user 65534, which this user namespace shows for every user without a mapping: "                        \
    "if you trust the program, run it by its path"

bool is_owned_by(const struct statx &file, uint32_t user) {
    return file.stx_uid == 0 || file.stx_uid == user;
}

bool is_in_store(std::string_view path) {
    return begins_with(path, kStore) && path.size() > kStore.size() && path[kStore.size()] == '/';
}

// Artifacts of the store are immutable by convention. A file or directory counts as an artifact if
// nobody can write to it, not even its owner.
bool is_store_artifact(const struct statx &file, std::string_view path) {
    return is_in_store(path) && (file.stx_mode & kAnyoneWrites) == 0;
}

// Nix creates the store with mode 1775. If others could write to it, anyone could create the target
// of a dangling link.
bool is_store_itself(const struct statx &directory, std::string_view path) {
    return path == kStore && directory.stx_uid == 0 && (directory.stx_mode & (S_ISVTX | S_IWOTH)) == S_ISVTX;
}

} // namespace

// If a filter blocks capget(2), the process counts as privileged.
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
