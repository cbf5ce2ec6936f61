// SPDX-License-Identifier: MIT
// Opens the file behind a descriptor anew, and the running program, through a /proc that is checked and not believed.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

namespace exeseal {

// Which file it is. The birth time tells an inode number that was given away again; 0 where the file system has none.
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

// A descriptor's number behind a path, "/proc/thread-self/fd/" at the longest.
struct FdPath {
    char text[32] = "";
    FdPath() = default;
    FdPath(const char *directory, int fd);
};

class Procfs {
  public:
    // The file behind fd, opened anew: read-only and close-on-exec. `file` says which one it must turn out to be and is
    // brought up to date. 0 or -errno; ENOENT: no usable /proc.
    int reopen(int fd, struct statx &file, UniqueFd &opened);

    // The running program.
    int open_running(UniqueFd &opened);

    // Where the link of a descriptor leads: a path, or what looks like one. 0 or -errno.
    int read_fd_link(int fd, char *buffer, size_t size);

    // This thread's directory, /proc/PID/task/TID, O_PATH: nothing that is mounted over it or on the way to it. 0 or
    // -errno; ENOENT: no usable /proc.
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

// What a missing /proc answers, or permission bits, a filter or a security module, as opposed to a lack of memory or
// descriptors or an error of the device.
bool cannot_be_reopened_here(int error);

// The path below /proc that stands for fd, after checking that it leads there. 0 or -errno.
int check_proc_path(int fd, FdPath &path);

} // namespace exeseal
