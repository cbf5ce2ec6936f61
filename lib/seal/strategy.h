// SPDX-License-Identifier: MIT
// The record of a strategy: what it is, what it needs, how it is done, and what follows when it fails.
#pragma once

#include "base/advice.h"
#include "seal/request.h"

#include <array>
#include <span>

namespace exeseal {

// Where a strategy makes its file. Strategies that need no directory have one place without a path.
struct Place {
    const char *path;
    bool is_given = false; // the caller's tmp_dirfd
};
inline constexpr Place kNowhere[] = {{""}};

enum class Next : uint8_t { Stop, Directory, Strategy };

// What follows a failure at this step with one of these errnos, and what helps. A failure that no row names stops the
// clone. A row for any step or any errno only advises, where no other row does.
struct Outcome {
    uint32_t step = kAnyStep;
    Errnos errors = {}; // none: any
    Next next = Next::Stop;
    const char *advice = nullptr; // nullptr: what helps is the same whatever the strategy
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
    bool has_common = earlier.errors.is_empty(); // nothing gets past a row for any errno
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

// What exeseal_probe gives a strategy to work on: the least that will do.
enum class ProbeSource : uint8_t { Sample, SealedMemfd, RunningProgram };

struct Strategy {
    uint32_t id;
    const char *purpose; // one line, for the documents
    bool writes_bytes;   // RLIMIT_FSIZE is asked first
    bool keeps_evidence; // a view reads no bytes, so nothing is known of what happens to them
    ProbeSource probe_source;
    bool (*applies)(const Request &) = nullptr; // nullptr: always; where it does not, this is passed over silently
    uint64_t (*offers)(const Request &);        // the guarantees that it can give for this clone
    Failure (*run)(Request &, const Place &, Sealed &); // one try in one place
    std::span<const Place> places = kNowhere;
    std::span<const Outcome> outcomes = {}; // its own; those of every strategy come behind them
};

// A list in the order in which they are tried.
using Strategies = std::span<const Strategy *const>;

} // namespace exeseal
