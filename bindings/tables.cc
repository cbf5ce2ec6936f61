// SPDX-License-Identifier: MIT
// Writes the core's tables as Go, so that nobody copies them by hand: "tables names" those of names.cc, "tables
// failures" those of what follows a failure and what can be done about it. Linked with all of lib.
#include "base/errno_name.h"
#include "base/hint.h"
#include "base/names.h"
#include "seal/plan.h"

#include <cstdio>
#include <cstring>
#include <string>

using namespace exeseal;

namespace {

constexpr int kErrnos = 4096;

// "no-new-privs" is NoNewPrivs there.
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
    return id == UINT32_MAX ? "anyStep" : "abi.Step" + camel(step_name(id));
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

std::string list_of(Strategies strategies) {
    std::string list;
    for (uint32_t id = 0; strategy_name(id) != nullptr; id++)
        if ((strategies & set_of(id)) != 0)
            list += (list.empty() ? "" : ", ") + strategy(id);
    return strategies == kEvery ? "nil" : "[]uint32{" + list + "}";
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
    printf(
        "package abi\n\n// Names, in the order of their numbers; those of guarantees in the order of their bits.\n\n");
    print_names("ModeNames", mode_name);
    print_names("StrategyNames", strategy_name);
    print_names("StepNames", step_name);
    print_names("GuaranteeNames", guarantee_name);
    print_names("EvidenceNames", evidence_name);
}

void print_plan(std::span<const Strategy> plan) {
    uint32_t last = EXESEAL_STRATEGY_NONE;
    printf("{");
    for (const Strategy &one : plan) {
        if (one.id != last) // verity is two
            printf("%s, ", strategy(one.id).c_str());
        last = one.id;
    }
    printf("}");
}

void print_plans() {
    constexpr struct {
        const char *name;
        uint64_t flags;
    } kPlans[] = {{"plans", 0}, {"reclaimablePlans", EXESEAL_CLONE_RECLAIMABLE}};
    for (auto [name, flags] : kPlans) {
        printf("// %s are the strategies of each mode, in the order of their numbers.\n", name);
        printf("var %s = [][]uint32{\n", name);
        for (uint32_t mode = 0; mode_name(mode) != nullptr; mode++) {
            print_plan(plan_of(mode, flags));
            printf(",\n");
        }
        printf("}\n\n");
    }
    printf("// reexecPlan has the strategies of ReexecSelf.\nvar reexecPlan = []uint32");
    print_plan(plan_of_reexec());
    printf("\n\n");
}

void print_rules() {
    constexpr const char *kNext[] = {"stop", "nextDirectory", "nextStrategy"};
    printf("// rules say what follows a failure; what no row names stops. No strategies: every one.\nvar rules = "
           "[]rule{\n");
    for (const Rule &rule : rules())
        printf("{%s, %s, %s, %s},\n", list_of(rule.strategies).c_str(), step(rule.step).c_str(),
               list_of(rule.errors).c_str(), kNext[static_cast<size_t>(rule.next)]);
    printf("}\n\n");
}

void print_hints() {
    printf("// hints: the first row that matches counts. No strategies, or no errnos: every one.\nvar hints = "
           "[]advice{\n");
    for (const Hint &row : hints())
        printf("{%s, %s, %s, %s},\n", list_of(row.strategies).c_str(), step(row.step).c_str(),
               list_of(row.errors).c_str(), quoted(row.text).c_str());
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
    print_rules();
    print_hints();
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
