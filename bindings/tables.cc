// SPDX-License-Identifier: MIT
// Prints the core's tables as Go source: the names, or the outcomes and advice of failures.
//
// "tables names" prints the names of names.cc, "tables failures" the outcomes and advice of each
// failure. The program is linked with all of lib.
#include "base/advice.h"
#include "base/errno_name.h"
#include "base/names.h"
#include "seal/plan.h"
#include "seal/strategies/strategies.h"

#include <cstdio>
#include <cstring>
#include <string>

using namespace exeseal;

namespace {

constexpr int kErrnos = 4096;

// "no-new-privs" becomes NoNewPrivs.
std::string camel(const char *name) {
    std::string text;
    bool starts_word = true;
    for (; *name != '\0'; name++) {
        if (*name != '-')
            text += starts_word ? static_cast<char>(*name - 'a' + 'A') : *name;
        starts_word = *name == '-';
    }
    return text;
}

std::string strategy(uint32_t id) {
    return "abi.Strategy" + camel(strategy_name(id));
}

std::string step(uint32_t id) {
    return id == kAnyStep ? "anyStep" : "abi.Step" + camel(step_name(id));
}

std::string errno_of(int error) {
    return std::string("unix.") + errno_name(error);
}

std::string list_of(const Errnos &errors) {
    std::string list;
    for (int error : errors)
        list += (list.empty() ? "" : ", ") + errno_of(error);
    return errors.is_empty() ? "nil" : "[]unix.Errno{" + list + "}";
}

std::string quoted(const char *text) {
    std::string go = "\"";
    for (; *text != '\0'; text++)
        go += strchr("\"\\", *text) != nullptr ? std::string("\\") + *text : std::string(1, *text);
    return go + "\"";
}

void print_names(const char *what, const char *(*name)(uint32_t)) {
    printf("var %s = []string{", what);
    for (uint32_t i = 0; name(i) != nullptr; i++)
        printf("%s%s", i == 0 ? "" : ", ", quoted(name(i)).c_str());
    printf("}\n\n");
}

void print_all_names() {
    printf("package abi\n\n// Names in the order of their numbers; guarantees in the order of their bits.\n\n");
    print_names("ModeNames", mode_name);
    print_names("StrategyNames", strategy_name);
    print_names("StepNames", step_name);
    print_names("GuaranteeNames", guarantee_name);
    print_names("EvidenceNames", evidence_name);
}

void print_plan(Strategies plan) {
    uint32_t last = EXESEAL_STRATEGY_NONE;
    printf("{");
    for (const Strategy *one : plan) {
        if (one->id != last) // verity has two records
            printf("%s, ", strategy(one->id).c_str());
        last = one->id;
    }
    printf("}");
}

void print_plans() {
    constexpr struct {
        const char *name;
        uint64_t flags;
    } kPlans[] = {{"plans", 0}, {"reclaimablePlans", EXESEAL_CLONE_RECLAIMABLE}};
    for (auto [name, flags] : kPlans) {
        printf("// %s lists the strategies of each mode, in the order of the modes.\n", name);
        printf("var %s = [][]uint32{\n", name);
        for (uint32_t mode = 0; mode_name(mode) != nullptr; mode++) {
            print_plan(plan_of(mode, flags));
            printf(",\n");
        }
        printf("}\n\n");
    }
    printf("// reexecPlan lists the strategies of ReexecSelf.\nvar reexecPlan = []uint32");
    print_plan(plan_of_reexec());
    printf("\n\n");
}

void print_row(uint32_t step_id, const Errnos &errors, Next next, const char *advice) {
    constexpr const char *kNext[] = {"stop", "nextDirectory", "nextStrategy"};
    printf("{%s, %s, %s, %s},\n", step(step_id).c_str(), list_of(errors).c_str(), kNext[static_cast<size_t>(next)],
           quoted(advice != nullptr ? advice : "").c_str());
}

void print_rows(std::span<const Outcome> outcomes) {
    for (const Outcome &row : outcomes)
        print_row(row.step, row.errors, row.next, row.advice);
}

void print_outcomes() {
    printf("// outcomes lists the outcomes of each strategy, in the order of the strategies.\nvar outcomes = "
           "[][]outcome{\n{},\n");
    for (const Strategy *one : all_strategies()) {
        printf("{ // %s\n", strategy_name(one->id));
        print_rows(one->outcomes);
        printf("},\n");
    }
    printf("}\n\n// everyOutcomes follows the outcomes of each strategy.\nvar everyOutcomes = []outcome{\n");
    print_rows(outcomes_of_every_strategy());
    printf("}\n\n");
}

void print_advice(const char *name, std::span<const Advice> table) {
    printf("var %s = []outcome{\n", name);
    for (const Advice &row : table)
        print_row(row.step, row.errors, Next::Stop, row.text);
    printf("}\n\n");
}

void print_errnos() {
    printf("var errnoNames = map[unix.Errno]string{\n");
    for (int error = 1; error < kErrnos; error++)
        if (const char *name = errno_name(error))
            printf("unix.%s: %s,\n", name, quoted(name).c_str());
    printf("}\n");
}

void print_failures() {
    printf("//go:build linux\n\npackage pure\n\nimport (\n\"github.com/exeseal/exeseal/go/internal/abi\"\n"
           "\"golang.org/x/sys/unix\"\n)\n\n");
    print_plans();
    print_outcomes();
    print_advice("adviceAtAnyStep", advice_at_any_step());
    print_advice("adviceOfAnyStrategy", advice_of_any_strategy());
    print_advice("adviceOfNoStrategy", advice_of_no_strategy());
    print_errnos();
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "names") == 0)
        print_all_names();
    else
        print_failures();
    return 0;
}
