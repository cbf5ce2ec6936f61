// SPDX-License-Identifier: MIT
// Points a source at a descriptor, the running program or memory, and detects changes.
#include "seal/source.h"

#include "base/seals.h"
#include "seal/file_system.h"
#include "seal/kernel_version.h"
#include "seal/lease.h"
#include "seal/verity.h"

#include <cerrno>
#include <sys/socket.h>

namespace exeseal {

Source::~Source() {
    if (is_leased_)
        release_lease(fd);
}

Failure Source::use_descriptor(int caller_fd, Procfs &procfs) {
    struct statx stat;
    int flags = caller_fd < 0 ? -EBADF : sys::fcntl(caller_fd, F_GETFL);
    int error = flags < 0 ? flags : sys::statx(caller_fd, "", AT_EMPTY_PATH, stat);
    if (error < 0)
        return {EXESEAL_STEP_SOURCE, -error, "source_fd"};
    bool is_path = (flags & O_PATH) != 0, is_file = S_ISREG(stat.stx_mode);
    if (S_ISDIR(stat.stx_mode))
        return {EXESEAL_STEP_SOURCE, EISDIR, "source_fd"};
    if (!is_file && !S_ISFIFO(stat.stx_mode) && !S_ISSOCK(stat.stx_mode))
        return {EXESEAL_STEP_SOURCE, ENODEV, "source_fd"};
    if ((flags & O_ACCMODE) == O_WRONLY || (is_path && !is_file))
        return {EXESEAL_STEP_SOURCE, EBADF, "source_fd"};
    // A read from a socket with message boundaries loses the rest of a message that is longer than
    // the buffer.
    if (S_ISSOCK(stat.stx_mode) && sys::getsockopt_type(caller_fd) != SOCK_STREAM)
        return {EXESEAL_STEP_SOURCE, ENODEV, "source_fd"};

    if (!is_file) {
        kind = Kind::Stream;
        fd = caller_fd;
        stream.is_nonblocking = (flags & O_NONBLOCK) != 0;
        return {};
    }
    // A lease is taken on exeseal's own open file description, never on the caller's. If opening
    // the file anew is not possible, the caller's descriptor is read at explicit offsets.
    file.felt = felt_by_host(caller_fd);
    if (!file.felt.anything())
        error = procfs.reopen(caller_fd, stat, own_);
    if (error < 0 && (is_path || !cannot_be_reopened_here(error)))
        return {EXESEAL_STEP_SOURCE, -error, "source_fd"};
    use_file(own_ ? own_.get() : caller_fd, stat);
    return {};
}

Failure Source::use_running_program(Procfs &procfs) {
    struct statx stat = {};
    int error = procfs.open_running(own_);
    if (error == 0)
        error = sys::statx(own_.get(), "", AT_EMPTY_PATH, stat);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_SOURCE, "/proc/self/exe");
    file.is_running = true;
    use_file(own_.get(), stat);
    return {};
}

Failure Source::use_memory(const void *memory, size_t length) {
    kind = Kind::Memory;
    bytes = memory;
    size = length;
    if (length == 0)
        return {EXESEAL_STEP_SOURCE, ENOEXEC, "length"};
    return Failure::unless(memory != nullptr, EXESEAL_STEP_ARGUMENT, EFAULT, "bytes");
}

void Source::use_file(int readable, const struct statx &stat) {
    fd = readable;
    size = stat.stx_size;
    file.stat = stat;
    file.seals = get_seals(fd);
}

Failure Source::check_privileges() const {
    if (kind != Kind::File)
        return {};
    if ((file.stat.stx_mode & S_ISUID) != 0)
        return {EXESEAL_STEP_PRIVILEGES, EPERM, "setuid"};
    if ((file.stat.stx_mode & S_ISGID) != 0)
        return {EXESEAL_STEP_PRIVILEGES, EPERM, "setgid"};
    int error = sys::fgetxattr_size(fd, "security.capability");
    if (error >= 0)
        return {EXESEAL_STEP_PRIVILEGES, EPERM, "security.capability"};
    if (error == -ENODATA || error == -EOPNOTSUPP)
        return {};
    // whether there are privileges is unknown
    return Failure::from(error, EXESEAL_STEP_SOURCE, "fgetxattr(2)");
}

Failure Source::check_opening() const {
    return file.felt.is_lease ? Failure{EXESEAL_STEP_REOPEN, EBUSY, "the host's write lease"} : Failure{};
}

Failure Source::check_opening_and_closing() const {
    return file.felt.is_lock ? Failure{EXESEAL_STEP_REOPEN, EBUSY, "the host's record locks"} : check_opening();
}

Failure Source::stat_file() {
    if (kind != Kind::File)
        return {};
    stat_mount();
    evidence = lasting_evidence();
    return stat_again();
}

Failure Source::secure() {
    if (kind == Kind::Memory)
        evidence = EXESEAL_EVIDENCE_MEMORY;
    if (kind != Kind::File)
        return {};
    stat_mount();
    evidence = lasting_evidence();
    if (evidence == EXESEAL_EVIDENCE_NONE)
        evidence = passing_evidence();
    return stat_again();
}

uint32_t Source::lasting_evidence() {
    if (is_frozen(file.seals))
        return EXESEAL_EVIDENCE_SEALS;
    return detect_verity() ? EXESEAL_EVIDENCE_VERITY : EXESEAL_EVIDENCE_NONE;
}

uint32_t Source::passing_evidence() {
    if (take_lease())
        return EXESEAL_EVIDENCE_LEASE;
    if (file.is_running && is_local(file.file_system) && protects_running_programs(kernel_version()))
        return EXESEAL_EVIDENCE_RUNNING;
    return EXESEAL_EVIDENCE_TIMES;
}

void Source::stat_mount() {
    struct statfs fs;
    file.mount_error = sys::fstatfs(fd, fs);
    if (file.mount_error < 0)
        return;
    file.file_system = fs.f_type;
    file.mount_flags = fs.f_flags;
}

bool Source::detect_verity() {
    exeseal_digest digest;
    bool is_measured = measure_verity(fd, file.stat, file.file_system, digest) == 0;
    file.has_verity = is_measured && verity_holds(file.file_system);
    return file.has_verity;
}

Failure Source::stat_again() {
    int error = sys::statx(fd, "", AT_EMPTY_PATH, file.stat);
    if (error == 0 && file.stat.stx_size == 0)
        error = -ENOEXEC;
    size = file.stat.stx_size;
    return Failure::from(error, EXESEAL_STEP_SOURCE, "source");
}

// Not for an unlinked file of tmpfs or hugetlbfs, which may be a memfd: the kernel does not count
// the descriptor that memfd_create(2) returned as a writer, and grants the lease nevertheless (seen
// on Linux 6.18), so it proves nothing.
bool Source::take_lease() {
    bool is_linked_tmpfs = file.file_system == TMPFS_MAGIC && file.stat.stx_nlink != 0;
    if (!own_ || (!is_local(file.file_system) && !is_linked_tmpfs))
        return false;
    is_leased_ = take_read_lease(fd) == 0;
    return is_leased_;
}

int Source::check_unchanged(bool was_snapshot) {
    if (kind != Kind::File || evidence == EXESEAL_EVIDENCE_SEALS || evidence == EXESEAL_EVIDENCE_VERITY)
        return 0;
    if (is_leased_ && holds_read_lease(fd))
        return 0;
    struct statx now;
    int error = sys::statx(fd, "", AT_EMPTY_PATH, now);
    if (is_leased_) { // the lease was broken: the writer waits until the file has been compared
        release_lease(fd);
        is_leased_ = false;
        evidence = EXESEAL_EVIDENCE_TIMES;
    }
    if (error < 0 || was_snapshot)
        return error;
    if (now.stx_size != file.stat.stx_size || !same_moment(now.stx_mtime, file.stat.stx_mtime))
        return -ESTALE;
    if (same_moment(now.stx_ctime, file.stat.stx_ctime))
        return 0;
    file.stat = now;
    return -EAGAIN;
}

} // namespace exeseal
