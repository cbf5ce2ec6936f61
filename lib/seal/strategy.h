// SPDX-License-Identifier: MIT
// The record of a strategy: its purpose, its requirements, its function, and the outcomes of its
// failures.
#pragma once

#include "base/advice.h"
#include "seal/request.h"

#include <array>
#include <span>

namespace exeseal {

// The directory in which a strategy creates its file. A strategy that needs none has one place with
// an empty path.
struct Place {
    const char *path;
    bool is_given = false; // the caller's tmp_dirfd
};
inline constexpr Place kNowhere[] = {{""}};

enum class Next : uint8_t { Stop, Directory, Strategy };

// A failure at this step with one of these errnos, the action that follows it, and the advice. A
// failure that no row names stops the clone. A row for any step or any errno only gives advice, and
// only if no other row does.
struct Outcome {
    uint32_t step = kAnyStep;
    Errnos errors = {}; // an empty set matches any errno
    Next next = Next::Stop;
    const char *advice = nullptr; // nullptr: the advice does not depend on the strategy
};

template <size_t... N> constexpr std::array<Outcome, (N + ...)> join(const Outcome (&...lists)[N]) {
    std::array<Outcome, (N + ...)> all = {};
    size_t count = 0;
    auto add = [&](std::span<const Outcome> list) {
        for (const Outcome &outcome : list)
            all[count++] = outcome;
    };
    (add(lists), ...);
    return all;
}

constexpr bool overlap(const Outcome &earlier, const Outcome &later) {
    // a row for any errno hides all later rows of its step
    bool has_common = earlier.errors.is_empty();
    for (int error : later.errors)
        has_common = has_common || earlier.errors.has(error);
    return earlier.step == later.step && has_common;
}

constexpr bool names_each_failure_once(std::span<const Outcome> outcomes) {
    for (size_t i = 0; i < outcomes.size(); i++) {
        bool only_advises = outcomes[i].step == kAnyStep || outcomes[i].errors.is_empty();
        if (only_advises && outcomes[i].next != Next::Stop)
            return false;
        for (size_t j = 0; j < i; j++)
            if (overlap(outcomes[j], outcomes[i]))
                return false;
    }
    return true;
}

// The source that exeseal_probe gives a strategy: the smallest that is sufficient.
enum class ProbeSource : uint8_t { Sample, SealedMemfd, RunningProgram };

struct Strategy {
    uint32_t id;
    const char *purpose; // one line, for the documentation
    bool writes_bytes;   // RLIMIT_FSIZE is checked first
    bool keeps_evidence; // false if the result shows later changes of the source
    ProbeSource probe_source;
    // nullptr: always; a strategy that does not apply is skipped without a report
    bool (*applies)(const Request &) = nullptr;
    uint64_t (*offers)(const Request &);                // the guarantees possible for this clone
    Failure (*run)(Request &, const Place &, Sealed &); // one attempt in one place
    std::span<const Place> places = kNowhere;
    // its own; those of every strategy are searched after them
    std::span<const Outcome> outcomes = {};
};

// A list in the order of the attempts.
using Strategies = std::span<const Strategy *const>;

} // namespace exeseal
