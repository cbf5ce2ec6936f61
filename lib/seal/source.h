// SPDX-License-Identifier: MIT
// Where the bytes come from, and the evidence that they keep still while they are read.
#pragma once

#include "base/felt.h"
#include "base/reopen.h"

#include <cstddef>

namespace exeseal {

inline bool same_moment(const statx_timestamp &a, const statx_timestamp &b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

struct Source {
    enum class Kind { File, Stream, Memory };

    Kind kind = Kind::File;
    int fd = -1;                 // to read from: the caller's, or `own`
    const void *bytes = nullptr; // Memory
    uint64_t size = 0;           // of a File or Memory
    struct statx file = {};      // of a File, as it was before it was read
    int seals = -1;              // of a File: F_GET_SEALS, or -errno
    long file_system = 0;        // of a File: statfs(2), f_type
    long mount_flags = 0;        // of a File: statfs(2), f_flags
    bool running = false;        // the running program
    Felt felt;                   // of a File: by the host, if it were opened anew
    bool nonblocking = false;    // a Stream opened with O_NONBLOCK
    bool consumed = false;       // a Stream that was read from: there is no second try
    bool has_verity = false;     // a File with fs-verity
    bool is_snapshot = false;    // the last copy was made by the file system, in one moment
    uint32_t evidence = EXESEAL_EVIDENCE_NONE;

    Source() = default;
    Source(const Source &) = delete;
    Source &operator=(const Source &) = delete;
    ~Source();

    // One of these first.
    Failure use_descriptor(int caller_fd, Procfs &procfs);
    Failure use_running_program(Procfs &procfs);
    Failure use_memory(const void *memory, size_t length);

    // setuid and setgid bits and file capabilities, which no copy keeps.
    Failure check_privileges() const;

    // For who opens the file by another way than this source. The host's write lease would break; and where the new
    // descriptor is one of the same inode, as all but overlayfs give, the host's record locks would go when it is
    // closed.
    Failure check_opening() const;
    Failure check_opening_and_closing() const;

    // What kind of file it is, and what it looks like now. Does for a view, which reads nothing.
    Failure look();

    // Collects the best evidence that can be had, then looks at the file again: what it is now, it stays. From here on
    // a lease may keep writers waiting.
    Failure hold();

    // After the last byte: 0, -ESTALE if the source changed, or -EAGAIN if only its ctime did, which a rename or chmod
    // does with the bytes intact: read it again. May lower `evidence` to what is left of it.
    int settle();

    // The evidence for the last copy.
    uint32_t proof() const {
        return is_snapshot && evidence <= EXESEAL_EVIDENCE_TIMES ? EXESEAL_EVIDENCE_SNAPSHOT : evidence;
    }

  private:
    void use_file(int readable, const struct statx &stat);
    void look_at_mount();
    bool look_for_verity();
    Failure look_at_file();
    bool can_be_leased() const;

    UniqueFd own_;
    bool is_leased_ = false;
};

// Whether this kind of evidence means that the source could not change.
constexpr bool proves_stability(uint32_t evidence) {
    return evidence > EXESEAL_EVIDENCE_TIMES;
}

} // namespace exeseal
