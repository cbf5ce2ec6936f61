// SPDX-License-Identifier: MIT
#include "new_file.h"

namespace exeseal {
namespace {

constexpr mode_t kReadAndExecute = 0555, kRead = 0444, kExecute = 0111, kOwner = 0500;

// A copy is never more readable than its source, nor executable by more. Its owner is whoever has just read the source.
// A source without any x bit, out of an archive, say, is executable by those who can read it.
mode_t permissions(const Source &source) {
    if (source.kind != Source::Kind::File)
        return kReadAndExecute;
    mode_t granted = source.file.stx_mode & kReadAndExecute;
    if ((granted & kExecute) == 0)
        granted |= (granted & kRead) >> 2;
    return granted | kOwner;
}

} // namespace

Failure fill(Clone &clone, int writer, uint64_t &bytes) {
    if (Failure failure = copy(clone.source, clone.limit, writer, bytes, clone.report.retries))
        return failure;
    return failed_if_negative(sys::fchmod(writer, permissions(clone.source)), EXESEAL_STEP_PERMISSIONS);
}

Failure open_result(Clone &clone, int writer, uint64_t bytes, UniqueFd &result) {
    struct statx file;
    if (int error = sys::statx(writer, "", AT_EMPTY_PATH, file); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_VERIFY);
    if (file.stx_size != bytes)
        return {EXESEAL_STEP_VERIFY, EIO, "size"};
    if ((file.stx_mode & 07777) != permissions(clone.source))
        return {EXESEAL_STEP_VERIFY, EIO, "permissions"};
    return failed_if_negative(clone.procfs.reopen(writer, file, result), EXESEAL_STEP_REOPEN, "/proc");
}

} // namespace exeseal
