// SPDX-License-Identifier: MIT
// The part of exeseal.h that every user has: version, names and parsers, errnos, advice, and
// reports as text.
#include "base/advice.h"
#include "base/boundary.h"
#include "base/errno_name.h"
#include "base/names.h"
#include "base/report.h"

#include <climits>

using namespace exeseal;

uint32_t exeseal_version(void) {
    return EXESEAL_VERSION_MAJOR << 16 | EXESEAL_VERSION_MINOR << 8 | EXESEAL_VERSION_PATCH;
}

const char *exeseal_mode_name(uint32_t mode) {
    return mode_name(mode);
}
const char *exeseal_strategy_name(uint32_t strategy) {
    return strategy_name(strategy);
}
const char *exeseal_step_name(uint32_t step) {
    return step_name(step);
}
uint32_t exeseal_step_kind(uint32_t step) {
    return step_kind(step);
}
const char *exeseal_guarantee_name(uint32_t bit) {
    return guarantee_name(bit);
}
const char *exeseal_evidence_name(uint32_t evidence) {
    return evidence_name(evidence);
}
const char *exeseal_errno_name(int error) {
    return errno_name(error);
}
const char *exeseal_advice(uint32_t strategy, uint32_t step, int error) {
    return advice(strategy, step, error);
}

int exeseal_mode_parse(const char *text, uint32_t *mode) {
    return text != nullptr && mode != nullptr && parse_mode(text, *mode) ? 0 : -EINVAL;
}

int exeseal_guarantee_parse(const char *text, uint64_t *bits) {
    return text != nullptr && bits != nullptr && parse_guarantees(text, *bits) ? 0 : -EINVAL;
}

int exeseal_report_format(const exeseal_report *report, size_t report_size, char *buffer, size_t buffer_size) {
    if (report == nullptr || report_size < kFirstReport || (buffer == nullptr && buffer_size != 0))
        return -EINVAL;
    size_t length = format(*report, buffer, buffer_size);
    return length <= INT_MAX ? static_cast<int>(length) : -EOVERFLOW;
}
