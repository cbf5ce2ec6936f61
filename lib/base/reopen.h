// SPDX-License-Identifier: MIT
// Opens the file behind a descriptor anew, and the running program, through a /proc that is
// verified first.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

namespace exeseal {

// Identifies a file. The birth time distinguishes an inode number that was reused; it is 0 if the
// file system has none.
struct Identity {
    uint32_t device_major = 0, device_minor = 0;
    uint64_t inode = 0;
    int64_t birth_second = 0;
    uint32_t birth_nanosecond = 0;

    explicit Identity(const struct statx &file)
        : device_major(file.stx_dev_major), device_minor(file.stx_dev_minor), inode(file.stx_ino),
          birth_second(file.stx_btime.tv_sec), birth_nanosecond(file.stx_btime.tv_nsec) {}
    bool operator==(const Identity &) const = default;
};

// A directory followed by a descriptor's number; the longest directory is "/proc/thread-self/fd/".
struct FdPath {
    char text[32] = "";
    FdPath() = default;
    FdPath(const char *directory, int fd);
};

class Procfs {
  public:
    // Opens the file behind fd anew, read-only and close-on-exec. `file` identifies the file that
    // is expected and is updated. Returns 0 or -errno; -ENOENT: no usable /proc.
    int reopen(int fd, struct statx &file, UniqueFd &opened);

    // Opens the running program.
    int open_running(UniqueFd &opened);

    // Reads the target of the descriptor's link: a path, or text such as "pipe:[1]". Returns 0 or
    // -errno.
    int read_fd_link(int fd, char *buffer, size_t size);

    // Opens this thread's directory, /proc/PID/task/TID, with O_PATH, after checking that no mount
    // covers it or a component of its path. Returns 0 or -errno; -ENOENT: no usable /proc.
    int open_thread(UniqueFd &thread);

  private:
    int use_mounted();
    int use_detached();
    int reopen_below_root(int fd, struct statx &file, UniqueFd &opened);
    int open_running_below_root(UniqueFd &opened);
    int open_thread_below_root(UniqueFd &thread);
    int read_fd_link_below_root(int fd, char *buffer, size_t size);
    template <typename Open> int with_either_root(Open open);

    UniqueFd root_;
};

// True for the errors of a missing /proc, permission bits, a filter or a security module; false for
// a shortage of memory or descriptors and for device errors.
bool cannot_be_reopened_here(int error);

// Writes the path of fd below /proc, after checking that it leads to fd's file. Returns 0 or
// -errno.
int check_proc_path(int fd, FdPath &path);

} // namespace exeseal
