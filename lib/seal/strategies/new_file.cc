// SPDX-License-Identifier: MIT
// Fills a new file, gives it its permission bits, and opens it read-only.
#include "seal/strategies/new_file.h"

#include "seal/lease.h"
#include "seal/strategies/forked.h"

namespace exeseal {
namespace {

constexpr mode_t kReadAndExecute = 0555, kRead = 0444, kExecute = 0111, kOwner = 0500, kOthers = 0005;

// With a POSIX ACL, the group bits are its mask, and the bits for others say nothing about the
// users that it names (acl(5)). Only ENODATA and EOPNOTSUPP prove that no ACL is in effect.
bool may_have_acl(int fd) {
    int result = sys::fgetxattr_size(fd, "system.posix_acl_access");
    return result != -ENODATA && result != -EOPNOTSUPP;
}

// A copy is never readable or executable by more users than its source. Its owner is the user who
// has just read the source. If its group differs from the source's, members of the source's group
// are others to the copy, and the reverse, so both classes get only the bits that both had. If a
// source has no x bit, for example in an archive, its readers may execute the copy.
mode_t permissions(const Source &source, const struct statx &copy) {
    if (source.kind != Source::Kind::File)
        return kReadAndExecute;
    if (may_have_acl(source.fd))
        return kOwner;
    mode_t granted = source.file.stat.stx_mode & kReadAndExecute;
    if ((granted & kExecute) == 0)
        granted |= (granted & kRead) >> 2;
    if (copy.stx_gid != source.file.stat.stx_gid) {
        mode_t of_group = granted >> 3;
        mode_t common = granted & of_group & kOthers;
        granted = (common << 3) | common;
    }
    return granted | kOwner;
}

} // namespace

Failure fill(Request &request, int writer, struct statx &file, Sealed &sealed) {
    Copied copied;
    if (Failure failure = copy(request.source, request.limit, writer, copied, request.report.retries))
        return failure;
    sealed.bytes = copied.bytes;
    sealed.was_snapshot = copied.was_snapshot;
    if (int error = sys::statx(writer, "", AT_EMPTY_PATH, file); error < 0)
        return Failure::from(error, EXESEAL_STEP_VERIFY);
    if (file.stx_size != copied.bytes)
        return {EXESEAL_STEP_VERIFY, EIO, "size"};
    mode_t mode = permissions(request.source, file);
    file.stx_mode = static_cast<uint16_t>(S_IFREG | mode);
    return Failure::from(sys::fchmod(writer, mode), EXESEAL_STEP_PERMISSIONS);
}

Failure open_result(Request &request, int writer, const struct statx &written, UniqueFd &result) {
    struct statx found = written;
    if (int error = request.procfs.reopen(writer, found, result); error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN, "/proc");
    return check_result(found, written);
}

Failure check_result(const struct statx &found, const struct statx &written) {
    if (found.stx_size != written.stx_size)
        return {EXESEAL_STEP_VERIFY, EIO, "size"};
    return Failure::unless(found.stx_mode == written.stx_mode, EXESEAL_STEP_VERIFY, EIO, "permissions");
}

bool wait_for_writers(int fd, uint32_t &retries) {
    auto are_gone = [fd] { return take_read_lease(fd) != -EAGAIN; };
    if (!wait_for_forked_children(are_gone, retries))
        return false;
    release_lease(fd);
    sys::fcntl(fd, F_SETSIG, 0);
    return true;
}

} // namespace exeseal
