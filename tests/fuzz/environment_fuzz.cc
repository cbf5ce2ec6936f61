// SPDX-License-Identifier: MIT
// Fuzzes the building and the filtering of environments.
#include "fuzz.h"

#include <cerrno>

using namespace exeseal::fuzz;

namespace {

// A list of strings that ends in NULL. Its strings belong to the vector.
std::vector<char *> list_of(std::vector<std::string> &strings) {
    std::vector<char *> list;
    for (std::string &text : strings)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> strings_of(Input &input, size_t most) {
    std::vector<std::string> strings;
    while (!input.is_empty() && strings.size() < most)
        strings.push_back(input.text());
    return strings;
}

std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

bool is_of_activation(std::string_view entry) {
    for (const char *name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"})
        if (name_of(entry) == name)
            return true;
    return false;
}

// Whether each entry LISTEN_FDS is a plain number from 1 on, with its descriptors kept.
bool is_promise_kept(const std::vector<std::string> &from, const std::vector<int32_t> &keep) {
    for (const std::string &entry : from) {
        if (name_of(entry) != "LISTEN_FDS")
            continue;
        size_t promised = 1;
        auto is_kept = [&](size_t count) {
            for (int32_t fd : keep)
                if (fd == static_cast<int32_t>(2 + count))
                    return true;
            return false;
        };
        while (is_kept(promised) && entry != "LISTEN_FDS=" + std::to_string(promised))
            promised++;
        if (!is_kept(promised))
            return false;
    }
    return true;
}

void fuzz_filter(Input &input) {
    size_t room = input.byte() % 40;
    std::vector<int32_t> keep(input.byte() % 12);
    for (int32_t &fd : keep)
        fd = static_cast<int8_t>(input.byte());
    std::vector<std::string> strings = strings_of(input, 32);
    std::vector<char *> from = list_of(strings), expected;
    bool keeps_all = is_promise_kept(strings, keep);
    for (char *entry : from)
        if (entry == nullptr || keeps_all || !is_of_activation(entry))
            expected.push_back(entry);

    uint32_t keep_count = static_cast<uint32_t>(keep.size());
    Exact envp(room * sizeof(char *));
    char **entries = envp.as<char *>();
    int result = exeseal_environment_filter(from.data(), keep.data(), keep_count, entries, room);
    if (room < expected.size()) {
        hold(result == -E2BIG, "an environment that does not fit is rejected");
        return;
    }
    hold(result == static_cast<int>(expected.size()) - 1, "the number of entries is returned");
    hold(memcmp(entries, expected.data(), expected.size() * sizeof(char *)) == 0,
         "all entries are copied in their order, but for broken promises");
    hold(exeseal_environment_filter(entries, keep.data(), keep_count, entries, room) == result,
         "a second filter, in place, changes nothing");
    hold(memcmp(entries, expected.data(), expected.size() * sizeof(char *)) == 0, "its entries are the same");
}

bool is_unique(char **entries, int count, int index) {
    for (int i = 0; i < count; i++)
        if (i != index && name_of(entries[i]) == name_of(entries[index]))
            return false;
    return true;
}

void fuzz_builder(Input &input) {
    size_t room = input.byte() % 64, text_room = input.byte();
    std::vector<std::string> names = strings_of(input, input.byte() % 24), from = strings_of(input, 24);
    std::vector<char *> name_list = list_of(names), from_list = list_of(from);
    bool has_nameless = false;
    for (const std::string &name : names)
        has_nameless = has_nameless || name_of(name).empty();

    Exact envp(room * sizeof(char *)), text(text_room);
    char **entries = envp.as<char *>();
    int result = exeseal_environment(name_list.data(), from_list.data(), entries, room, text.as(), text_room);
    hold(result != -EINVAL || has_nameless, "EINVAL means that a name is empty");
    hold(result >= 0 || result == -EINVAL || result == -E2BIG, "the errors are the documented ones");
    hold(result != -E2BIG || room < 8 + names.size() || text_room < 128, "32 entries and 128 bytes are enough");
    hold(result < 0 || !has_nameless, "an empty name is rejected");
    if (result < 0)
        return;
    hold(static_cast<size_t>(result) < room && entries[result] == nullptr, "the list ends in NULL");
    for (int i = 0; i < result; i++) {
        hold(strchr(entries[i], '=') != nullptr, "each entry has a value");
        hold(is_unique(entries, result, i), "each name occurs once");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Input input(data, size);
    if ((input.byte() & 1) != 0)
        fuzz_filter(input);
    else
        fuzz_builder(input);
    return 0;
}
