// SPDX-License-Identifier: MIT
// Names the sets of errors that mean the same. Each takes a -errno.
#pragma once

#include <cerrno>

namespace exeseal {

// The path does not lead anywhere: a name is missing, or is no directory, or is a link where none is followed.
constexpr bool leads_nowhere(long error) {
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

// There is no file of this name.
constexpr bool is_missing(long error) {
    return error == -ENOENT || error == -ENOTDIR;
}

// The kernel or an emulator lacks the system call (gVisor, old ones), or a seccomp filter or a security module refuses
// it: a filter's author chooses the errno.
constexpr bool may_be_filtered(long error) {
    return error == -ENOSYS || error == -EPERM || error == -EACCES;
}

// A file system, an emulator or a filter does not know this way of moving bytes.
constexpr bool cannot_move_so(long error) {
    return may_be_filtered(error) || error == -EINVAL || error == -EOPNOTSUPP || error == -ESPIPE;
}

// A file system does not share these blocks: with another one, with a swap file, with one kept otherwise (btrfs without
// checksums).
constexpr bool cannot_share_blocks(long error) {
    return cannot_move_so(error) || error == -EXDEV || error == -ETXTBSY || error == -ENOTTY;
}

// The file system does not know O_TMPFILE.
constexpr bool lacks_tmpfile(long error) {
    return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL;
}

// This process or the system has run out of something.
constexpr bool is_shortage(long error) {
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

// The path or its file is refused, as opposed to trouble of our own, like a shortage.
constexpr bool is_about_path(long error) {
    return leads_nowhere(error) || error == -EPERM || error == -EACCES || error == -EISDIR || error == -ENAMETOOLONG ||
           error == -EINVAL;
}

} // namespace exeseal
