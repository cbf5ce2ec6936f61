// SPDX-License-Identifier: MIT
#include "seal/strategies/new_file.h"
#include "seal/strategies/strategies.h"
#include "seal/strategies/temporary.h"

namespace exeseal {
uint64_t tmpfile_offers(const Request &) {
    return EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure copy_to_tmpfile(Request &request, const Place &place, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create_temporary(request, place, writer))
        return failure;
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    if (Failure failure = open_result(request, writer.get(), file, sealed.fd))
        return failure;
    writer.reset();
    bool is_free = wait_for_writers(sealed.fd.get(), request.report.retries);
    return is_free ? Failure{} : Failure{EXESEAL_STEP_VERIFY, ETXTBSY};
}

} // namespace exeseal
