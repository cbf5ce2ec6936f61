// SPDX-License-Identifier: MIT
// Writes the results of the library as JSON. Each function writes members of an object that the
// caller has begun; exeseal-doctor(1) explains the keys.
#pragma once

#include "exeseal.h"
#include "find.h"
#include "json.h"

namespace exeseal_tool {

const char *or_null(const char *text); // nullptr if the text is empty

const char *strategy_or_null(uint32_t id);

// "sha256:...", as fsverity(1) prints it, or "".
struct DigestText {
    char text[8 + 2 * sizeof exeseal_digest::value + 1] = "";

    explicit DigestText(const exeseal_digest &digest);
};

void write_guarantees(Json &json, uint64_t guarantees);

// {"path", "reason"}
void write_refusal(Json &json, const Line &path, const Line &reason);

void write_program(Json &json, const Program &program);

// Writes all of the report except the strategy. See explain() for does_memfd_run.
void write_report(Json &json, const exeseal_report &report, bool does_memfd_run);

} // namespace exeseal_tool
