// SPDX-License-Identifier: MIT
// The JSON forms of what the library tells. Each writes the members of an object that the caller has begun;
// exeseal-doctor(1) says what each key means.
#pragma once

#include "exeseal.h"
#include "find.h"
#include "json.h"

namespace exeseal_tool {

const char *or_null(const char *text); // nullptr if it is empty

const char *strategy_or_null(uint32_t id);

// "sha256:..." as fsverity(1) prints it; "" if there is none.
struct DigestText {
    char text[8 + 2 * sizeof exeseal_digest::value + 1] = "";

    explicit DigestText(const exeseal_digest &digest);
};

void write_guarantees(Json &json, uint64_t guarantees);

// {"path", "reason"}
void write_refusal(Json &json, const Line &path, const Line &reason);

void write_program(Json &json, const Program &program);

// All of it but the strategy. With does_memfd_run, a memfd is executed here: see explain().
void write_report(Json &json, const exeseal_report &report, bool does_memfd_run);

} // namespace exeseal_tool
