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

    struct File {
        struct statx stat = {};  // as it was before it was read
        int seals = -1;          // F_GET_SEALS, or -errno
        long file_system = 0;    // statfs(2), f_type
        long mount_flags = 0;    // statfs(2), f_flags
        bool is_running = false; // the running program
        bool has_verity = false; // fs-verity is enabled, and holds there
        Felt felt;               // by the host, if it were opened anew
    };

    struct Stream {
        bool is_nonblocking = false; // opened with O_NONBLOCK
        bool is_consumed = false;    // read from: there is no second try
    };

    Kind kind = Kind::File;
    int fd = -1;       // of a File or Stream, to read from: the caller's, or `own_`
    uint64_t size = 0; // of a File or Memory
    uint32_t evidence = EXESEAL_EVIDENCE_NONE;
    File file;                   // if it is one
    Stream stream;               // if it is one
    const void *bytes = nullptr; // of Memory

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

    // For a strategy that opens the file anew. That would break the host's write lease; and if the new descriptor is of
    // the same inode, which only overlayfs avoids, closing it would drop the host's record locks.
    Failure check_opening() const;
    Failure check_opening_and_closing() const;

    // Asks what kind of file it is and what state it is in. Enough for a view, which reads nothing.
    Failure stat_file();

    // Collects the best evidence that the bytes keep still, then asks for the file's state again, which is the one that
    // is kept. From here on a lease may keep writers waiting.
    Failure secure();

    // After the last byte: 0, -ESTALE if the source changed, or -EAGAIN if only its ctime did, which a rename or chmod
    // does with the bytes intact: read it again. A snapshot need not be compared. May lower `evidence` to what is left
    // of it.
    int check_unchanged(bool was_snapshot);

    // `was_snapshot`: the file system made the copy in one moment.
    uint32_t evidence_of_copy(bool was_snapshot) const {
        return was_snapshot && evidence <= EXESEAL_EVIDENCE_TIMES ? EXESEAL_EVIDENCE_SNAPSHOT : evidence;
    }

  private:
    void use_file(int readable, const struct statx &stat);
    void stat_mount();
    bool detect_verity();
    Failure stat_again();
    bool take_lease();

    UniqueFd own_;
    bool is_leased_ = false;
};

// Whether this kind of evidence means that the source could not change.
constexpr bool proves_stability(uint32_t evidence) {
    return evidence > EXESEAL_EVIDENCE_TIMES;
}

} // namespace exeseal
