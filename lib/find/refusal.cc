// SPDX-License-Identifier: MIT
// Writes the line that reports why a candidate was refused.
#include "find/refusal.h"

#include "base/errno_name.h"
#include "base/text.h"

namespace exeseal {
namespace {

const char *reason_of(const Failure &failure) {
    if (failure.where[0] != '\0')
        return failure.where;
    switch (failure.error) {
    case EISDIR:
        return "a directory";
    case ELOOP:
        return "too many symbolic links";
    case EACCES:
        return failure.step == EXESEAL_STEP_NOEXEC ? "not executable by this process, or on a noexec mount"
                                                   : "no permission to search a parent directory";
    case ENOENT:
    case ENOTDIR:
        return "missing";
    case ENAMETOOLONG:
        return "its path is too long";
    default:
        return errno_name(failure.error);
    }
}

void write_path(Text &why, std::string_view path) {
    char previous = '\0';
    for (char c : path) {
        char shown = previous == ':' && c == ' ' ? '\0' : c; // NUL is written as '?'
        why.printable({&shown, 1});
        previous = c;
    }
}

// Writes the reason. If `parent` is set, its path replaces "a parent directory".
void write_reason(Text &why, const Refusal &refusal) {
    constexpr std::string_view kSomeParent = "a parent directory";
    std::string_view reason = reason_of(refusal.failure);
    size_t at = refusal.parent.empty() ? reason.npos : reason.find(kSomeParent);
    if (at == reason.npos) {
        why << reason;
        return;
    }
    why << std::string_view{reason.data(), at} << "the parent directory ";
    write_path(why, refusal.parent);
    why << reason.data() + at + kSomeParent.size();
}

} // namespace

Text &operator<<(Text &why, const Refusal &refusal) {
    write_path(why, refusal.candidate);
    if (!refusal.wrapped.empty()) {
        why << ": wraps ";
        write_path(why, refusal.wrapped);
    }
    why << ": ";
    write_reason(why, refusal);
    return why << "\n";
}

} // namespace exeseal
