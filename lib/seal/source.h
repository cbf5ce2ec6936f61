// SPDX-License-Identifier: MIT
// The source of the bytes, and the evidence that it does not change while it is read.
#pragma once

#include "base/felt.h"
#include "base/reopen.h"
#include "seal/file_system.h"

#include <cstddef>

namespace exeseal {

inline bool same_moment(const statx_timestamp &a, const statx_timestamp &b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

struct Source {
    enum class Kind { File, Stream, Memory };

    struct File {
        struct statx stat = {}; // before the first byte is read
        int seals = -1;         // F_GET_SEALS, or -errno
        int mount_error = 0;    // -errno: the next two are unknown
        FileSystemType file_system = 0;
        decltype(statfs::f_flags) mount_flags = 0;
        bool is_running = false; // the running program
        bool has_verity = false; // fs-verity is enabled and trusted on this file system
        Felt felt;               // what the host would lose if the file were opened anew
    };

    struct Stream {
        bool is_nonblocking = false; // opened with O_NONBLOCK
        bool is_consumed = false;    // has been read from, so no further attempt is possible
    };

    Kind kind = Kind::File;
    int fd = -1;       // of a File or Stream, for reading: the caller's or `own_`
    uint64_t size = 0; // of a File or Memory
    uint32_t evidence = EXESEAL_EVIDENCE_NONE;
    File file;                   // only of a File
    Stream stream;               // only of a Stream
    const void *bytes = nullptr; // only of Memory

    Source() = default;
    Source(const Source &) = delete;
    Source &operator=(const Source &) = delete;
    ~Source();

    // One of these must be called first.
    Failure use_descriptor(int caller_fd, Procfs &procfs);
    Failure use_running_program(Procfs &procfs);
    Failure use_memory(const void *memory, size_t length);

    // Fails if the file has a setuid or setgid bit or file capabilities, which no copy keeps.
    Failure check_privileges() const;

    // For strategies that open the file anew. Opening it would break the host's write lease.
    // Closing a descriptor of the same inode would drop the host's record locks; only overlayfs has
    // another inode.
    Failure check_opening() const;
    Failure check_opening_and_closing() const;

    // Examines the file's kind and state. That is enough if no strategy of the plan reads its
    // bytes.
    Failure stat_file();

    // Collects the best evidence that the source does not change, then records the file's state
    // again for later comparison. From here on a lease may keep writers waiting.
    Failure secure();

    // Must be called after the last byte. Returns 0; -ESTALE if the source changed; or -EAGAIN if
    // only its ctime did, as after a rename or chmod that left the bytes intact: the caller reads
    // it again. A snapshot is not compared. May lower `evidence`.
    int check_unchanged(bool was_snapshot);

    // `was_snapshot`: the file system copied atomically.
    uint32_t evidence_of_copy(bool was_snapshot) const {
        return was_snapshot && evidence <= EXESEAL_EVIDENCE_TIMES ? EXESEAL_EVIDENCE_SNAPSHOT : evidence;
    }

  private:
    void use_file(int readable, const struct statx &stat);
    void stat_mount();
    bool detect_verity();
    uint32_t lasting_evidence(); // of a file that can never change
    uint32_t passing_evidence(); // while this call reads
    Failure stat_again();
    bool take_lease();

    UniqueFd own_;
    bool is_leased_ = false;
};

// Whether this evidence proves that the source did not change.
constexpr bool proves_stability(uint32_t evidence) {
    return evidence > EXESEAL_EVIDENCE_TIMES;
}

} // namespace exeseal
