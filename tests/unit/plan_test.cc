// SPDX-License-Identifier: MIT
#include "seal/plan.h"

#include "base/errno_name.h"
#include "base/names.h"
#include "helpers.h"
#include "seal/strategies/strategies.h"

#include <vector>

using namespace exeseal;
using namespace exeseal::test;

namespace {

// The results of the fake strategies, in the order of their calls. The last one is repeated.
struct Script {
    std::vector<Failure> answers;
    size_t calls = 0;
    uint64_t offers = 0;
    bool breaks_lease = false;
    bool consumes = false;
};
Script *script;

uint64_t offers_scripted(const Request &) {
    return script->offers;
}

Failure run_scripted(Request &request, const Place &, Sealed &sealed) {
    size_t call = std::min(script->calls++, script->answers.size() - 1);
    sealed.bytes = 99;
    sealed.fd.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (script->breaks_lease)
        request.source.evidence = EXESEAL_EVIDENCE_TIMES;
    if (script->consumes)
        request.source.stream.is_consumed = true;
    return script->answers[call];
}

constexpr Place kDirectories[] = {{"given", true}, {"/one"}, {"/two"}};

constexpr Strategy fake(uint32_t id, std::span<const Place> places = kNowhere) {
    return {.id = id,
            .purpose = "",
            .writes_bytes = false,
            .keeps_evidence = true,
            .probe_source = ProbeSource::Sample,
            .offers = offers_scripted,
            .run = run_scripted,
            .places = places};
}

constexpr Strategy kFirst = fake(EXESEAL_STRATEGY_MEMFD), kSecond = fake(EXESEAL_STRATEGY_TMPFILE, kDirectories);
constexpr const Strategy *kTwo[] = {&kFirst, &kSecond};

struct Trial {
    Script own;
    exeseal_clone_options options = {};
    exeseal_report report = {};
    Source source;
    Procfs procfs;
    Request request = {options, source, procfs, report};
    Sealed sealed;
    int result = 0;

    explicit Trial(std::vector<Failure> answers) { own.answers = std::move(answers); }

    Trial &with(Strategies plan) {
        script = &own;
        result = run_plan(plan, request, sealed);
        return *this;
    }

    // "memfd create EACCES; tmpfile done (/one)"
    std::string attempts() const {
        std::string text;
        for (uint32_t i = 0; i < report.attempts; i++) {
            const exeseal_attempt &attempt = report.attempt[i];
            text += (i == 0 ? "" : "; ") + std::string(strategy_name(attempt.strategy)) + " " + step_name(attempt.step);
            if (attempt.error != 0)
                text += std::string(" ") + errno_name(attempt.error);
            if (attempt.where[0] != '\0')
                text += std::string(" (") + attempt.where + ")";
        }
        return text;
    }
};

const Failure kDone = {}, kUnavailable = {EXESEAL_STEP_CREATE, EACCES, ""}, kBroken = {EXESEAL_STEP_COPY, EIO, ""};

} // namespace

TEST(Plan, HasTheStrategiesOfEachModeInOrder) {
    auto names = [](uint32_t mode, uint64_t flags) {
        std::string list;
        for (const Strategy *strategy : plan_of(mode, flags))
            list += (list.empty() ? "" : " ") + std::string(strategy_name(strategy->id));
        return list;
    };
    EXPECT_EQ(names(EXESEAL_MODE_AUTOMATIC, 0), "reuse memfd tmpfs tmpfile verity overlay bind");
    EXPECT_EQ(names(EXESEAL_MODE_INDEPENDENT_DATA_COPY, 0), "memfd tmpfs tmpfile");
    EXPECT_EQ(names(EXESEAL_MODE_AUTOMATIC, EXESEAL_CLONE_RECLAIMABLE),
              "reuse verity verity memfd tmpfs tmpfile overlay bind");
    EXPECT_EQ(names(EXESEAL_MODE_INDEPENDENT_DATA_COPY, EXESEAL_CLONE_RECLAIMABLE), "verity memfd tmpfs tmpfile");
    for (uint64_t flags : {uint64_t{0}, EXESEAL_CLONE_RECLAIMABLE})
        EXPECT_EQ(names(EXESEAL_MODE_RO_SHARED_PAGE, flags), "verity overlay bind");
    EXPECT_EQ(names(77, 0), "");
}

TEST(Plan, OfAListOfModesBeginsWithReuse) {
    auto names = [](std::initializer_list<uint32_t> modes) {
        exeseal_clone_options options = {};
        options.mode = *modes.begin();
        std::copy(modes.begin() + 1, modes.end(), options.fallback);
        Plan plan = plan_of(options);
        std::string list;
        for (const Strategy *strategy : Strategies(plan))
            list += (list.empty() ? "" : " ") + std::string(strategy_name(strategy->id));
        return list;
    };
    EXPECT_EQ(names({EXESEAL_MODE_RO_SHARED_PAGE}), "verity overlay bind");
    EXPECT_EQ(names({EXESEAL_MODE_RO_SHARED_PAGE, EXESEAL_MODE_INDEPENDENT_DATA_COPY}),
              "reuse verity overlay bind memfd tmpfs tmpfile");
    EXPECT_EQ(names({EXESEAL_MODE_INDEPENDENT_DATA_COPY, EXESEAL_MODE_RO_SHARED_PAGE}),
              "reuse memfd tmpfs tmpfile verity overlay bind");
}

// A lease keeps writers waiting, so it is not taken for nothing.
TEST(Plan, ReadsTheSourceUnlessItHasViewsAndReuseOnly) {
    for (uint64_t flags : {uint64_t{0}, EXESEAL_CLONE_RECLAIMABLE}) {
        EXPECT_TRUE(reads_source(plan_of(EXESEAL_MODE_AUTOMATIC, flags)));
        EXPECT_TRUE(reads_source(plan_of(EXESEAL_MODE_INDEPENDENT_DATA_COPY, flags)));
        EXPECT_FALSE(reads_source(plan_of(EXESEAL_MODE_RO_SHARED_PAGE, flags)));
    }
    EXPECT_FALSE(reads_source(plan_of_one(EXESEAL_STRATEGY_REUSE)));
}

TEST(Plan, OfOneIsThatStrategy) {
    uint32_t id;
    for (id = EXESEAL_STRATEGY_REUSE; strategy_name(id) != nullptr; id++) {
        ASSERT_EQ(plan_of_one(id).size(), 1u) << strategy_name(id);
        EXPECT_EQ(plan_of_one(id)[0]->id, id);
    }
    for (uint32_t none : {uint32_t{EXESEAL_STRATEGY_NONE}, id, UINT32_MAX})
        EXPECT_TRUE(plan_of_one(none).empty()) << none;
}

TEST(Plan, OfAViewPromisesNoStabilityAndNoEvidence) {
    for (bool keeps_evidence : {true, false}) {
        Strategy strategy = fake(EXESEAL_STRATEGY_MEMFD);
        strategy.keeps_evidence = keeps_evidence;
        const Strategy *const plan[] = {&strategy};
        Trial trial({kDone});
        // so that no lease is released that was never taken
        trial.source.kind = Source::Kind::Memory;
        trial.source.evidence = EXESEAL_EVIDENCE_MEMORY;
        trial.with(plan);
        EXPECT_EQ(trial.result, 0);
        EXPECT_EQ(trial.sealed.guarantees, keeps_evidence ? EXESEAL_GUARANTEE_STABLE : 0);
        EXPECT_EQ(trial.sealed.evidence, keeps_evidence ? EXESEAL_EVIDENCE_MEMORY : EXESEAL_EVIDENCE_NONE);
        trial.source.evidence = EXESEAL_EVIDENCE_NONE;
    }
}

TEST(Plan, EndsWithTheFirstThatWorks) {
    Trial trial({kDone});
    trial.own.offers = EXESEAL_GUARANTEE_OWN_PAGES;
    trial.with(kTwo);
    EXPECT_EQ(trial.result, 0);
    EXPECT_EQ(trial.attempts(), "memfd done");
    EXPECT_EQ(trial.report.strategy, uint32_t{EXESEAL_STRATEGY_MEMFD});
    EXPECT_EQ(trial.sealed.guarantees, EXESEAL_GUARANTEE_OWN_PAGES);
    EXPECT_EQ(trial.sealed.bytes, 99u);
    EXPECT_TRUE(trial.sealed.fd);
}

TEST(Plan, GoesOnToTheNextStrategyAndDirectory) {
    Trial trial({kUnavailable, kUnavailable, kDone});
    trial.with(kTwo);
    EXPECT_EQ(trial.result, 0);
    EXPECT_EQ(trial.attempts(), "memfd create EACCES; tmpfile create EACCES (/one); tmpfile done (/two)");
    EXPECT_EQ(trial.report.strategy, uint32_t{EXESEAL_STRATEGY_TMPFILE});
}

TEST(Plan, UsesTmpDirfdOnlyIfGiven) {
    Trial trial({kUnavailable, kDone});
    trial.options.flags = EXESEAL_CLONE_TMP_DIRFD;
    trial.with(kTwo);
    EXPECT_EQ(trial.attempts(), "memfd create EACCES; tmpfile done (given)");
}

TEST(Plan, StopsAtAFailureThatNoRowNames) {
    Trial trial({kUnavailable, kBroken});
    trial.with(kTwo);
    EXPECT_EQ(trial.result, -EIO);
    EXPECT_EQ(trial.attempts(), "memfd create EACCES; tmpfile copy EIO (/one)");
    EXPECT_EQ(trial.own.calls, 2u);
    EXPECT_EQ(trial.report.strategy, uint32_t{EXESEAL_STRATEGY_NONE});
    EXPECT_FALSE(trial.sealed.fd);
    EXPECT_EQ(trial.sealed.bytes, 0u);
}

TEST(Plan, ReturnsTheFirstErrorIfAllFail) {
    Trial trial({{EXESEAL_STEP_CREATE, ENOSYS, ""}, {EXESEAL_STEP_CREATE, EROFS, ""}, {EXESEAL_STEP_COPY, ENOSPC, ""}});
    trial.with(kTwo);
    EXPECT_EQ(trial.result, -ENOSYS);
    EXPECT_EQ(trial.attempts(), "memfd create ENOSYS; tmpfile create EROFS (/one); tmpfile copy ENOSPC (/two)");
}

TEST(Plan, PrefersAnyErrorToAMissingGuarantee) {
    const Failure lacks = {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, ""};
    EXPECT_EQ(Trial({lacks, {EXESEAL_STEP_CREATE, EROFS, ""}}).with(kTwo).result, -EROFS);
    EXPECT_EQ(Trial({lacks}).with(kTwo).result, -EOPNOTSUPP);
}

TEST(Plan, WithoutStrategiesIsNotSupported) {
    Trial trial({kDone});
    trial.options.mode = EXESEAL_MODE_RO_SHARED_PAGE;
    trial.with({});
    EXPECT_EQ(trial.result, -EOPNOTSUPP);
    EXPECT_EQ(trial.attempts(), "none require EOPNOTSUPP (ro-shared-page)");
}

TEST(Plan, SkipsStrategiesWithoutARequiredGuarantee) {
    Trial trial({kDone});
    trial.own.offers = EXESEAL_GUARANTEE_OWN_PAGES;
    trial.options.require = EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_X_SEALED | EXESEAL_GUARANTEE_LANDLOCK;
    trial.with(kTwo);
    EXPECT_EQ(trial.result, -EOPNOTSUPP);
    EXPECT_EQ(trial.own.calls, 0u) << "nothing is tried";
    EXPECT_EQ(trial.attempts(), "memfd require EOPNOTSUPP (x-sealed); tmpfile require EOPNOTSUPP (x-sealed)");
}

TEST(Plan, StableRequiresEvidence) {
    for (uint32_t evidence = 0; evidence_name(evidence) != nullptr; evidence++) {
        Trial trial({kDone});
        trial.options.require = EXESEAL_GUARANTEE_STABLE;
        // so that no lease is released that was never taken
        trial.source.kind = Source::Kind::Memory;
        trial.source.evidence = evidence;
        trial.with(kTwo);
        EXPECT_EQ(trial.result, proves_stability(evidence) ? 0 : -EOPNOTSUPP) << evidence;
        EXPECT_EQ(trial.sealed.guarantees, proves_stability(evidence) ? EXESEAL_GUARANTEE_STABLE : 0) << evidence;
        trial.source.evidence = EXESEAL_EVIDENCE_NONE;
    }
    Trial trial({kDone});
    trial.options.require = EXESEAL_GUARANTEE_STABLE;
    trial.source.evidence = EXESEAL_EVIDENCE_TIMES;
    EXPECT_EQ(trial.with(kTwo).attempts().substr(0, 34), "memfd stability EOPNOTSUPP (times)");
}

// The reason is the view, whatever the evidence is.
TEST(Plan, AViewLacksStableWhateverTheEvidence) {
    for (uint32_t evidence = 0; evidence_name(evidence) != nullptr; evidence++) {
        Trial trial({kDone});
        Strategy view = fake(EXESEAL_STRATEGY_MEMFD);
        view.keeps_evidence = false;
        const Strategy *const plan[] = {&view};
        trial.options.require = EXESEAL_GUARANTEE_STABLE;
        // so that no lease is released that was never taken
        trial.source.kind = Source::Kind::Memory;
        trial.source.evidence = evidence;
        EXPECT_EQ(trial.with(plan).result, -EOPNOTSUPP) << evidence;
        EXPECT_EQ(trial.attempts(), "memfd require EOPNOTSUPP (stable)") << evidence;
        trial.source.evidence = EXESEAL_EVIDENCE_NONE;
    }
}

TEST(Plan, ABrokenLeaseIsESTALEIfStableIsRequired) {
    for (bool is_required : {true, false}) {
        Trial trial({kDone});
        trial.own.breaks_lease = true;
        trial.options.require = is_required ? EXESEAL_GUARANTEE_STABLE : 0;
        trial.source.evidence = EXESEAL_EVIDENCE_SEALS; // in place of a lease
        trial.with(kTwo);
        EXPECT_EQ(trial.result, is_required ? -ESTALE : 0);
        EXPECT_EQ(trial.sealed.guarantees, 0u);
        EXPECT_EQ(trial.own.calls, 1u);
    }
}

TEST(Plan, DoesNotRetryAConsumedStream) {
    Trial trial({{EXESEAL_STEP_COPY, ENOSPC, ""}});
    trial.own.consumes = true;
    trial.with(Strategies(kTwo).last(1));
    EXPECT_EQ(trial.result, -ENOSPC);
    EXPECT_EQ(trial.own.calls, 1u);
}

TEST(Plan, KeepsNoDescriptorOfAFailure) {
    int before = count_descriptors();
    {
        Trial trial({kUnavailable, kUnavailable, kBroken});
        trial.with(kTwo);
        EXPECT_EQ(count_descriptors(), before);
    }
    EXPECT_EQ(count_descriptors(), before);
}

TEST(Plan, FollowsEachOutcome) {
    const Strategy follower = fake(EXESEAL_STRATEGY_BIND);
    for (const Strategy *one : all_strategies()) {
        const Strategy failing = fake(one->id, kDirectories);
        const Strategy *const plan[] = {&failing, &follower};
        std::string name = strategy_name(one->id);
        const std::pair<Next, std::string> wanted[] = {
            {Next::Stop, ""}, {Next::Directory, "; " + name + " done (/two)"}, {Next::Strategy, "; bind done"}};
        for (const Outcome &outcome : one->outcomes)
            for (int error : outcome.errors) {
                uint32_t step = outcome.step == kAnyStep ? EXESEAL_STEP_ARGUMENT : outcome.step;
                Trial trial({{step, error, "w"}, kDone});
                trial.with(plan);
                std::string failed = name + " " + step_name(step) + " " + errno_name(error) + " (w)";
                EXPECT_EQ(trial.attempts(), failed + wanted[static_cast<size_t>(outcome.next)].second);
            }
    }
}
