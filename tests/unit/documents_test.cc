// SPDX-License-Identifier: MIT
// Compares the tables in the documents with the strategies' records. EXESEAL_UPDATE=1 writes them.
#include "base/errno_name.h"
#include "base/names.h"
#include "base/seals.h"
#include "seal/plan.h"
#include "seal/strategies/strategies.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

using namespace exeseal;

namespace {

constexpr const char *kRoot = SOURCE_ROOT "/";

std::string read(const std::string &path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// The text between the two comments in the file must be `wanted`, or is replaced by it.
void expect_section(const std::string &file, const std::string &name, const std::string &wanted) {
    const std::string begin = "<!-- generated: " + name + " -->\n", end = "<!-- end -->\n";
    std::string text = read(kRoot + file);
    size_t from = text.find(begin), to = text.find(end, from);
    ASSERT_TRUE(from != text.npos && to != text.npos) << file << " has no section " << name;
    from += begin.size();
    if (getenv("EXESEAL_UPDATE") != nullptr)
        std::ofstream(kRoot + file) << text.substr(0, from) + wanted + text.substr(to);
    else
        EXPECT_EQ(text.substr(from, to - from), wanted) << "run this test with EXESEAL_UPDATE=1 to write " << file;
}

// --- modes ---

std::string strategies_of(uint32_t mode) {
    std::string list;
    for (const Strategy *strategy : plan_of(mode, 0))
        list += (list.empty() ? "" : ", ") + std::string(strategy_name(strategy->id));
    return list;
}

std::string modes_table() {
    std::string table = "| mode | strategies |\n| --- | --- |\n";
    for (uint32_t mode = 0; const char *name = mode_name(mode); mode++) {
        std::string shown = *name == '\0' ? "empty: automatic" : "`" + std::string(name) + "`";
        table += "| " + shown + " | " + strategies_of(mode) + " |\n";
    }
    return table;
}

// --- guarantees ---

// For a source that is a memfd sealed by exeseal, which is the usual case for reuse.
uint64_t offered(const Strategy &strategy, uint64_t require) {
    exeseal_clone_options options = {};
    options.require = require;
    exeseal_report report = {};
    Source source;
    source.file.seals = kCopySeals;
    source.file.stat.stx_mode = S_IFREG | 0555;
    Procfs procfs;
    return strategy.offers({options, source, procfs, report});
}

const char *promise(const Strategy &strategy, uint64_t bit) {
    bool is_usual = (offered(strategy, 0) & bit) != 0,
         is_when_sealed = (offered(strategy, EXESEAL_GUARANTEE_X_SEALED) & bit) != 0;
    if (bit == EXESEAL_GUARANTEE_STABLE)
        return strategy.keeps_evidence ? "with evidence" : "no";
    if (is_usual)
        return is_when_sealed ? "yes" : "unless x-sealed";
    return is_when_sealed ? "when required" : "no";
}

std::string guarantees_of(const Strategy &strategy, const std::string &name) {
    std::string row = "| " + name + " | " + strategy.purpose;
    for (uint32_t bit = 0; guarantee_name(bit) != nullptr; bit++)
        row += std::string(" | ") + promise(strategy, uint64_t{1} << bit);
    return row + " |\n";
}

std::string guarantees_table() {
    std::string table = "| strategy | the result", rule = "| --- | ---";
    for (uint32_t bit = 0; const char *name = guarantee_name(bit); bit++) {
        table += std::string(" | ") + name;
        rule += " | ---";
    }
    table += " |\n" + rule + " |\n";
    for (const Strategy *strategy : all_strategies())
        table += guarantees_of(*strategy, strategy_name(strategy->id));
    return table + guarantees_of(kVerityView, "verity");
}

// --- failures ---

struct Row {
    std::string strategies;
    uint32_t step;
    Next next;
    std::string errors;
};

void append(std::string &list, const char *name) {
    list += (list.empty() ? "" : ", ") + std::string(name);
}

// Adds one row for each step and what follows.
void add(std::vector<Row> &rows, const Outcome &outcome, int error) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row &known) { return known.step == outcome.step && known.next == outcome.next; });
    if (row == rows.end())
        row = rows.insert(row, {"", outcome.step, outcome.next, ""});
    append(row->errors, errno_name(error));
}

// A strategy's own advice for a failure that every strategy shares needs no row.
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

// Strategies with the same row share it.
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

std::string failures_table() {
    std::vector<Row> rows;
    add(rows, "every", rows_of(outcomes_of_every_strategy(), true));
    for (const Strategy *strategy : all_strategies())
        add(rows, strategy_name(strategy->id), rows_of(strategy->outcomes, false));
    std::string table = "| strategy | step | errno | next |\n| --- | --- | --- | --- |\n";
    for (const Row &row : rows)
        table += "| " + row.strategies + " | " + step_name(row.step) + " | " + row.errors + " | " +
                 (row.next == Next::Strategy ? "strategy" : "directory") + " |\n";
    return table;
}

// --- advice ---

struct AdviceRow {
    std::string strategies;
    uint32_t step;
    Errnos errors;
    std::string text;
};

// The same advice of several strategies is one row.
void add(std::vector<AdviceRow> &page, const char *strategy, uint32_t step, const Errnos &errors, const char *text) {
    auto same = std::find_if(page.begin(), page.end(), [&](const AdviceRow &known) {
        return known.step == step && known.text == text && std::ranges::equal(known.errors, errors);
    });
    if (same == page.end())
        page.push_back({strategy, step, errors, text});
    else if (same->strategies != strategy)
        append(same->strategies, strategy);
}

void add(std::vector<AdviceRow> &page, const char *strategy, std::span<const Advice> table) {
    for (const Advice &row : table)
        add(page, strategy, row.step, row.errors, row.text);
}

void add(std::vector<AdviceRow> &page, const char *strategy, std::span<const Outcome> outcomes) {
    for (const Outcome &outcome : outcomes)
        if (outcome.advice != nullptr)
            add(page, strategy, outcome.step, outcome.errors, outcome.advice);
}

std::vector<AdviceRow> all_advice() {
    std::vector<AdviceRow> page;
    add(page, "any", advice_at_any_step());
    for (const Strategy *strategy : all_strategies())
        add(page, strategy_name(strategy->id), strategy->outcomes);
    add(page, "any", outcomes_of_every_strategy());
    add(page, "any", advice_of_any_strategy());
    add(page, "none", advice_of_no_strategy());
    return page;
}

std::string errors_of(const Errnos &errors) {
    std::string list;
    for (int error : errors)
        append(list, errno_name(error));
    return list.empty() ? "any" : list;
}

// A table for each step; within one step, in the order in which the library looks.
std::string advice_tables() {
    std::vector<AdviceRow> page = all_advice();
    auto number = [](const AdviceRow &row) { return row.step == kAnyStep ? 0 : row.step; };
    std::ranges::stable_sort(page, {}, number);
    std::string tables;
    uint32_t step = EXESEAL_STEP_DONE;
    for (const AdviceRow &row : page) {
        if (tables.empty() || row.step != step) {
            std::string name = row.step == kAnyStep ? "Any step" : "Step `" + std::string(step_name(row.step)) + "`";
            tables += "\n### " + name + "\n\n| errno | strategy | advice |\n| --- | --- | --- |\n";
            step = row.step;
        }
        tables += "| " + errors_of(row.errors) + " | " + row.strategies + " | " + row.text + " |\n";
    }
    return tables;
}

} // namespace

TEST(Documents, ListTheStrategiesOfEachMode) {
    expect_section("docs/choosing.md", "modes", modes_table());
}

TEST(Documents, ListTheGuaranteesOfEachStrategy) {
    expect_section("docs/threat-model.md", "guarantees", guarantees_table());
}

TEST(Documents, ListWhatFollowsEachFailure) {
    expect_section("docs/failures.md", "failures", failures_table());
}

TEST(Documents, HaveEachAdvice) {
    expect_section("docs/troubleshooting.md", "advice", advice_tables());
}
