// SPDX-License-Identifier: MIT
#include "seal.h"
#include "strategies.h"

namespace exeseal {
namespace {

// An x bit for nobody would make it a sealed file, but no executable.
bool is_executable(const Source &source) {
    return (source.file.stx_mode & 0111) != 0;
}

} // namespace

uint64_t reuse_offers(const Clone &clone) {
    const Source &source = clone.source;
    bool wants_name = clone.options.name[0] != '\0';
    if (source.kind != Source::Kind::File || !is_executable(source) || wants_name)
        return 0;
    return memfd_guarantees(source.seals);
}

Failure reuse(Clone &clone, const Place &, Sealed &sealed) {
    if (reuse_offers(clone) == 0)
        return {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "not sealed, or a name asked for"};
    struct statx file = clone.source.file;
    int error = clone.procfs.reopen(clone.source.fd, file, sealed.fd);
    sealed.bytes = clone.source.size;
    return failed_if_negative(error, EXESEAL_STEP_REOPEN, "/proc");
}

} // namespace exeseal
