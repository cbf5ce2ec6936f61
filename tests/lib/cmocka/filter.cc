// SPDX-License-Identifier: MIT
#include "filter.h"

#include "abi.h"

namespace {

const char *wanted;
const char *unwanted;

// `?` matches any character, `*` any number of characters. A `*` that is not the last must be
// followed by a character after its match, as in libcmocka: "a**" does not match "a".
bool matches(const char *text, const char *pattern) {
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern != '*')
        return *text != '\0' && (*pattern == '?' || *pattern == *text) && matches(text + 1, pattern + 1);
    if (pattern[1] == '\0')
        return true;
    for (; *text != '\0'; ++text) {
        if (matches(text, pattern + 1))
            return true;
    }
    return false;
}

} // namespace

bool cmocka_gtest::passes_filters(const char *test) {
    return (wanted == nullptr || matches(test, wanted)) && (unwanted == nullptr || !matches(test, unwanted));
}

extern "C" void cmocka_set_test_filter(const char *pattern) {
    wanted = pattern;
}
extern "C" void cmocka_set_skip_filter(const char *pattern) {
    unwanted = pattern;
}
