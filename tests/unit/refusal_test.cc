// SPDX-License-Identifier: MIT
// Checks the text that exeseal_resolve's `why` has for a rejected candidate.
#include "find/refusal.h"

#include "base/text.h"

#include <gtest/gtest.h>
#include <string>

using namespace exeseal;

namespace {

std::string line_of(std::string_view candidate, std::string_view wrapped, const Failure &failure,
                    std::string_view parent = "") {
    char line[512];
    Text text(line, sizeof line);
    text << Refusal{candidate, wrapped, parent, failure};
    return line;
}

Failure failed(uint32_t step, int error) {
    return {step, error, ""};
}

const Failure kRule = {EXESEAL_STEP_SOURCE, EPERM, "a rule"};

} // namespace

TEST(Refusal, NamesTheRule) {
    EXPECT_EQ(line_of("/bin/runc", "", kRule), "/bin/runc: a rule\n");
    EXPECT_EQ(line_of("/bin/runc", "/opt/runc", kRule), "/bin/runc: wraps /opt/runc: a rule\n");
}

TEST(Refusal, PutsTheErrnoInWordsByItsStep) {
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_LOCATE, EISDIR)), "/a: a directory\n");
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_LOCATE, ELOOP)), "/a: too many symbolic links\n");
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_LOCATE, EACCES)),
              "/a: no permission to search a parent directory\n");
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_NOEXEC, EACCES)),
              "/a: not executable by this process, or on a noexec mount\n");
    EXPECT_EQ(line_of("/a", "/b", failed(EXESEAL_STEP_LOCATE, ENOENT)), "/a: wraps /b: missing\n");
    EXPECT_EQ(line_of("/a", "/b", failed(EXESEAL_STEP_LOCATE, ENOTDIR)), "/a: wraps /b: missing\n");
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_SCRIPT, ENAMETOOLONG)), "/a: its path is too long\n");
    EXPECT_EQ(line_of("/a", "", failed(EXESEAL_STEP_LOCATE, EPERM)), "/a: EPERM\n");
}

TEST(Refusal, NamesTheParentDirectory) {
    const Failure kWritable = {EXESEAL_STEP_LOCATE, EPERM, "a parent directory is writable"};
    EXPECT_EQ(line_of("/a/b: /c", "", kWritable, "/a/b: "), "/a/b:?/c: the parent directory /a/b:? is writable\n");
    EXPECT_EQ(line_of("/a/b", "", failed(EXESEAL_STEP_LOCATE, EACCES), "/a"),
              "/a/b: no permission to search the parent directory /a\n");
    EXPECT_EQ(line_of("/a/b", "/x", kWritable), "/a/b: wraps /x: a parent directory is writable\n");
}

// Otherwise a file's name could end the path early and forge the reason.
TEST(Refusal, EndsThePathAtTheFirstColonAndBlank) {
    EXPECT_EQ(line_of("/bin/a: b", "", kRule), "/bin/a:?b: a rule\n");
    EXPECT_EQ(line_of("/a: b/c : d: ", "/x: y", kRule), "/a:?b/c :?d:?: wraps /x:?y: a rule\n");
    EXPECT_EQ(line_of("/a:b:/ c:", "", kRule), "/a:b:/ c:: a rule\n");
    EXPECT_EQ(line_of("/a:  b", "", kRule), "/a:? b: a rule\n");
}

TEST(Refusal, ShowsNoControlCharacter) {
    EXPECT_EQ(line_of("/a\n/b\x1b[31m", "/\xff", kRule), "/a?/b?[31m: wraps /?: a rule\n");
}
