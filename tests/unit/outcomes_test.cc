// SPDX-License-Identifier: MIT
#include "seal/strategies/strategies.h"

#include "base/errno_name.h"
#include "base/names.h"

#include <gtest/gtest.h>

using namespace exeseal;

// A static_assert beside each table checks that its rows do not overlap.
void expect_names(std::span<const Outcome> outcomes, const char *whose) {
    ASSERT_FALSE(outcomes.empty()) << whose;
    for (const Outcome &outcome : outcomes) {
        EXPECT_TRUE(outcome.step == kAnyStep || step_name(outcome.step) != nullptr) << whose << " " << outcome.step;
        for (int error : outcome.errors)
            EXPECT_NE(errno_name(error), nullptr) << whose << " " << error;
    }
}

TEST(Outcomes, NameKnownStepsAndErrnos) {
    for (const Strategy *strategy : all_strategies())
        expect_names(strategy->outcomes, strategy_name(strategy->id));
    expect_names(outcomes_of_every_strategy(), "every strategy");
}

TEST(Outcomes, ContinueInADirectoryOnlyIfThereAreSeveral) {
    for (const Strategy *strategy : all_strategies())
        for (const Outcome &outcome : strategy->outcomes)
            EXPECT_TRUE(outcome.next != Next::Directory || strategy->places.size() > 1)
                << strategy_name(strategy->id) << " " << step_name(outcome.step);
}

TEST(Outcomes, StopWhereGoingOnWouldHideAnAttackOrDoubleTheLoad) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        for (uint32_t step = 0; step_name(step) != nullptr; step++)
            for (int error : {EMFILE, ENFILE, ENOMEM, EIO, ESTALE, ETXTBSY, EINTR, EFAULT, EFBIG, EBADF, EAGAIN, ENXIO})
                EXPECT_EQ(what_follows(strategy, {step, error, ""}), Next::Stop)
                    << strategy_name(strategy) << " " << step_name(step) << " " << errno_name(error);
}
