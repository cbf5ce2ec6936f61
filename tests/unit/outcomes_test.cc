// SPDX-License-Identifier: MIT
#include "seal/strategies/strategies.h"

#include "base/errno_name.h"
#include "base/names.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

using namespace exeseal;

namespace {

struct Row {
    std::string strategies;
    uint32_t step;
    Next next;
    std::string errors;
};

void append(std::string &list, const char *name) {
    list += (list.empty() ? "" : ", ") + std::string(name);
}

// One row for each step and what follows.
void add(std::vector<Row> &rows, const Outcome &outcome, int error) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row &known) { return known.step == outcome.step && known.next == outcome.next; });
    if (row == rows.end())
        row = rows.insert(row, {"", outcome.step, outcome.next, ""});
    append(row->errors, errno_name(error));
}

// A strategy's own advice on what every strategy does needs no row.
bool is_said_of_every(const Outcome &outcome, int error) {
    return what_follows(EXESEAL_STRATEGY_NONE, {outcome.step, error, ""}) == outcome.next;
}

std::vector<Row> rows_of(std::span<const Outcome> outcomes, bool is_of_every) {
    std::vector<Row> rows;
    for (const Outcome &outcome : outcomes)
        for (int error : outcome.errors)
            if (outcome.next != Next::Stop && (is_of_every || !is_said_of_every(outcome, error)))
                add(rows, outcome, error);
    return rows;
}

// What several strategies have in common is one row.
void add(std::vector<Row> &page, const char *strategy, const std::vector<Row> &rows) {
    for (const Row &row : rows) {
        auto same = std::find_if(page.begin(), page.end(), [&](const Row &known) {
            return known.step == row.step && known.next == row.next && known.errors == row.errors;
        });
        if (same == page.end())
            same = page.insert(same, {"", row.step, row.next, row.errors});
        append(same->strategies, strategy);
    }
}

std::string failures_page() {
    std::string page = "# What follows a failure\n\n"
                       "A clone tries the strategies of its mode in their order. The strategies that\n"
                       "create a file in a directory try one directory after the other. If an attempt\n"
                       "fails at one of these steps with one of these errors, then this kernel, policy or\n"
                       "file system cannot do it in this way, and the next one is tried.\n\n"
                       "| strategy | step | errno | next |\n"
                       "| --- | --- | --- | --- |\n";
    std::vector<Row> rows;
    add(rows, "every", rows_of(outcomes_of_every_strategy(), true));
    for (const Strategy *strategy : all_strategies())
        add(rows, strategy_name(strategy->id), rows_of(strategy->outcomes, false));
    for (const Row &row : rows)
        page += "| " + row.strategies + " | " + step_name(row.step) + " | " + row.errors + " | " +
                (row.next == Next::Strategy ? "strategy" : "directory") + " |\n";
    return page + "\nEvery other failure stops the clone and is its result: after EMFILE, ENFILE,\n"
                  "ENOMEM, EIO or ESTALE another attempt would double the load or hide an attack.\n"
                  "Once a stream has been read from, every failure stops the clone.\n";
}

} // namespace

// That no two of them overlap is a static_assert beside each table.
TEST(Outcomes, NameWhatThereIs) {
    for (const Strategy *strategy : all_strategies()) {
        ASSERT_FALSE(strategy->outcomes.empty()) << strategy_name(strategy->id);
        for (const Outcome &outcome : strategy->outcomes) {
            ASSERT_TRUE(outcome.step == kAnyStep || step_name(outcome.step) != nullptr);
            for (int error : outcome.errors)
                ASSERT_NE(errno_name(error), nullptr) << strategy_name(strategy->id) << " " << error;
        }
    }
}

TEST(Outcomes, HaveAnotherDirectoryOnlyWhereThereAreSome) {
    for (const Strategy *strategy : all_strategies())
        for (const Outcome &outcome : strategy->outcomes)
            EXPECT_TRUE(outcome.next != Next::Directory || strategy->places.size() > 1)
                << strategy_name(strategy->id) << " " << step_name(outcome.step);
}

TEST(Outcomes, LetNothingGoOnThatHidesAnAttackOrDoublesTheLoad) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        for (uint32_t step = 0; step_name(step) != nullptr; step++)
            for (int error : {EMFILE, ENFILE, ENOMEM, EIO, ESTALE, ETXTBSY, EINTR, EFAULT, EFBIG, EBADF, EAGAIN, ENXIO})
                EXPECT_EQ(what_follows(strategy, {step, error, ""}), Next::Stop)
                    << strategy_name(strategy) << " " << step_name(step) << " " << errno_name(error);
}

TEST(Outcomes, ArePrintedInTheDocumentation) {
    const std::string path = SOURCE_ROOT "/docs/failures.md";
    if (getenv("EXESEAL_UPDATE") != nullptr)
        std::ofstream(path) << failures_page();
    std::stringstream page;
    page << std::ifstream(path).rdbuf();
    EXPECT_EQ(page.str(), failures_page()) << "run this test with EXESEAL_UPDATE=1 to write " << path;
}
