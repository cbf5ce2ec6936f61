// SPDX-License-Identifier: MIT
// Names sets of errors with one meaning. Each function expects -errno.
#pragma once

#include <cerrno>

namespace exeseal {

// The path cannot be followed: a component is missing, is not a directory, or is a symbolic link
// that must not be followed.
constexpr bool leads_nowhere(long error) {
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

// No file has this name.
constexpr bool is_missing(long error) {
    return error == -ENOENT || error == -ENOTDIR;
}

// The kernel or an emulator (gVisor, old versions) lacks the system call, or a seccomp filter or a
// security module refuses it. The author of a filter chooses the errno.
constexpr bool may_be_filtered(long error) {
    return error == -ENOSYS || error == -EPERM || error == -EACCES;
}

// The file system, the emulator or the filter does not support this way of copying bytes.
constexpr bool cannot_move_so(long error) {
    return may_be_filtered(error) || error == -EINVAL || error == -EOPNOTSUPP || error == -ESPIPE;
}

// The file system cannot share these blocks: with another file system, with a swap file, or with a
// file that is stored differently (btrfs without checksums).
constexpr bool cannot_share_blocks(long error) {
    return cannot_move_so(error) || error == -EXDEV || error == -ETXTBSY || error == -ENOTTY;
}

// The file system does not support O_TMPFILE.
constexpr bool lacks_tmpfile(long error) {
    return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL;
}

// This process or the system is out of descriptors or memory.
constexpr bool is_shortage(long error) {
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

// The error concerns the path or its file, and not a shortage in this process.
constexpr bool is_about_path(long error) {
    return leads_nowhere(error) || error == -EPERM || error == -EACCES || error == -EISDIR || error == -ENAMETOOLONG ||
           error == -EINVAL;
}

} // namespace exeseal
