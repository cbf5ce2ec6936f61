// SPDX-License-Identifier: MIT
#include "find/wrapper.h"

#include <gtest/gtest.h>
#include <string>

using namespace exeseal;

namespace {

constexpr char kProgram[] = "/nix/store/0c1pdhmxnrs5bzz8kmcy3mz0nfbvlbq2-runc-1.1.12/bin/.runc-wrapped";

constexpr char kNoWrapper[] = "a script that is not a Nix wrapper";
constexpr char kOtherName[] = "a wrapper that changes the name of its program";
constexpr char kOtherArguments[] = "a wrapper that changes the arguments of its program";

std::string wrapped(std::string_view script) {
    std::string_view program;
    Failure failure = wrapped_program(script, program);
    EXPECT_TRUE(failure || !program.empty());
    return failure ? "" : std::string(program);
}

std::string reason_of(std::string_view script) {
    std::string_view program;
    Failure failure = wrapped_program(script, program);
    EXPECT_EQ(failure.step, uint32_t{EXESEAL_STEP_SCRIPT}) << script;
    EXPECT_EQ(failure.error, EPERM) << script;
    return failure.where;
}

// The script that nixpkgs' makeWrapper writes for --set, --prefix and --run, before the exec line.
std::string nix_script(std::string_view exec_line) {
    return std::string("#! /nix/store/8fv91097mbh5049i9rglc73dx6kjg3qk-bash-5.2-p15/bin/bash -e\n"
                       "export PATH='/nix/store/x-iptables-1.8/bin'${PATH:+':'}$PATH\n"
                       "PATH=${PATH/':''/usr/bin'':'/':'}\n"
                       "export MODE='a b'\n") +
           std::string(exec_line);
}

struct Shape {
    const char *name;
    const char *line;
};

void PrintTo(const Shape &shape, std::ostream *out) {
    *out << shape.line;
}

class Understood : public testing::TestWithParam<Shape> {};
class NotUnderstood : public testing::TestWithParam<Shape> {};
class OtherName : public testing::TestWithParam<Shape> {};
class OtherArguments : public testing::TestWithParam<Shape> {};

std::string name_of(const testing::TestParamInfo<Shape> &info) {
    return info.param.name;
}

} // namespace

#define PROGRAM "/nix/store/0c1pdhmxnrs5bzz8kmcy3mz0nfbvlbq2-runc-1.1.12/bin/.runc-wrapped"

TEST_P(Understood, IsUnwrapped) {
    EXPECT_EQ(wrapped(nix_script(GetParam().line)), kProgram);
    EXPECT_EQ(wrapped(nix_script(GetParam().line) + "\n"), kProgram) << "with an end of line";
    EXPECT_EQ(wrapped(GetParam().line), kProgram) << "alone";
}

INSTANTIATE_TEST_SUITE_P(
    Each, Understood,
    testing::Values(Shape{"InheritedArgv0", "exec -a \"$0\" \"" PROGRAM "\"  \"$@\" "},
                    Shape{"OwnArgv0", "exec \"" PROGRAM "\"  \"$@\" "},
                    Shape{"SingleQuotes", "exec -a \"$0\" '" PROGRAM "' \"$@\""},
                    Shape{"NoQuotes", "exec " PROGRAM " \"$@\""}, Shape{"Indented", "    exec \"" PROGRAM "\" \"$@\""},
                    Shape{"Tabs", "\texec\t-a\t\"$0\"\t\"" PROGRAM "\"\t\"$@\"\t"},
                    Shape{"TheLastCounts", "exec /bin/first\nexec \"" PROGRAM "\" \"$@\""},
                    Shape{"HereDocumentBefore", "cat <<EOF\nexec /bin/first\nEOF\nexec \"" PROGRAM "\" \"$@\""},
                    Shape{"CommentBehind", "exec \"" PROGRAM "\" \"$@\"\n# exec /bin/last\n#exec /bin/last"},
                    Shape{"OtherLinesBehind",
                          "exec \"" PROGRAM "\" \"$@\"\nexecute /bin/last\necho exec /bin/last\n\n"}),
    name_of);

// Lines that only a shell can interpret, and lines that do not execute a program.
TEST_P(NotUnderstood, IsRefused) {
    EXPECT_EQ(reason_of(nix_script(GetParam().line)), kNoWrapper);
}

INSTANTIATE_TEST_SUITE_P(
    Each, NotUnderstood,
    testing::Values(
        Shape{"Nothing", ""}, Shape{"OnlyExec", "exec"}, Shape{"OnlyExecAndBlanks", "exec \t "},
        Shape{"NoProgram", "exec -a \"$0\""}, Shape{"Variable", "exec \"$x\" \"$@\""},
        Shape{"VariableInside", "exec \"/nix/$x/runc\" \"$@\""}, Shape{"Command", "exec \"$(which runc)\" \"$@\""},
        Shape{"Backticks", "exec `which runc` \"$@\""}, Shape{"Relative", "exec ./runc \"$@\""},
        Shape{"FromPath", "exec runc \"$@\""}, Shape{"Home", "exec ~/runc \"$@\""},
        Shape{"Pattern", "exec /nix/store/*/bin/runc \"$@\""}, Shape{"Escaped", "exec /opt/my\\ runc \"$@\""},
        Shape{"SequenceWithoutBlank", "exec /bin/runc;true \"$@\""}, Shape{"Redirection", "exec >/bin/log \"$@\""},
        Shape{"RedirectionBehindIt", "exec /bin/runc>/log \"$@\""},
        Shape{"ClearedEnvironment", "exec -c /bin/runc \"$@\""}, Shape{"NoMoreOptions", "exec -- /bin/runc \"$@\""},
        Shape{"Environment", "exec env A=b /bin/runc \"$@\""}, Shape{"QuoteWithoutEnd", "exec \"/bin/runc \"$@\""},
        Shape{"SingleQuoteWithoutEnd", "exec '/bin/runc \"$@\""},
        Shape{"WordGoesOnBehindTheQuote", "exec \"/bin/runc\"-1.0 \"$@\""},
        Shape{"WordGoesOnWithAnotherQuote", "exec \"/bin/\"'runc' \"$@\""},
        Shape{"QuoteInTheMiddle", "exec /bin/\"runc\" \"$@\""}, Shape{"EmptyQuotes", "exec \"\" /bin/runc \"$@\""},
        Shape{"QuotedExec", "\"exec\"/bin/runc \"$@\""}, Shape{"Comment", "# exec /bin/runc \"$@\""},
        Shape{"LongerWord", "execute /bin/runc \"$@\""}, Shape{"Assignment", "A=b exec /bin/runc \"$@\""},
        Shape{"ContinuedTooEarly", "exec \\\n  /bin/runc \"$@\""},
        Shape{"ConditionOnOneLine", "if x; then exec /bin/runc \"$@\"; fi"},
        Shape{"TheLastIsNotUnderstood", "exec /bin/runc \"$@\"\nexec \"$x\""}),
    name_of);

// The program would run under another name than the wrapper gives it.
TEST_P(OtherName, IsRefused) {
    EXPECT_EQ(reason_of(nix_script(GetParam().line)), kOtherName);
}

INSTANTIATE_TEST_SUITE_P(Each, OtherName,
                         testing::Values(Shape{"Fixed", "exec -a 'runc' \"" PROGRAM "\" \"$@\""},
                                         Shape{"WithBlanks", "exec -a 'my runc' \"" PROGRAM "\" \"$@\""},
                                         Shape{"Command", "exec -a \"$(basename \"$0\")\" \"" PROGRAM "\" \"$@\""},
                                         Shape{"Longer", "exec -a \"$0\"x \"" PROGRAM "\" \"$@\""},
                                         Shape{"Unquoted", "exec -a $0 \"" PROGRAM "\" \"$@\""},
                                         Shape{"InSingleQuotes", "exec -a '$0' \"" PROGRAM "\" \"$@\""},
                                         Shape{"None", "exec -a"}),
                         name_of);

// Arguments would be lost or added.
TEST_P(OtherArguments, AreRefused) {
    EXPECT_EQ(reason_of(nix_script(GetParam().line)), kOtherArguments);
}

INSTANTIATE_TEST_SUITE_P(
    Each, OtherArguments,
    testing::Values(Shape{"Flag", "exec -a \"$0\" \"" PROGRAM "\" --root /run/runc \"$@\" "},
                    Shape{"Script", "exec \"" PROGRAM "\" /opt/tool.py \"$@\""},
                    Shape{"FlagBehind", "exec \"" PROGRAM "\" \"$@\" --y"},
                    Shape{"FlagsToBeExpanded", "exec -a \"$0\" \"" PROGRAM "\" ${X:+--x \"$X\"} \"$@\""},
                    Shape{"None", "exec " PROGRAM}, Shape{"Twice", "exec " PROGRAM " \"$@\" \"$@\""},
                    Shape{"Unquoted", "exec " PROGRAM " $@"}, Shape{"AsOneWord", "exec " PROGRAM " \"$*\""},
                    Shape{"First", "exec " PROGRAM " \"$1\""}, Shape{"WordGoesOn", "exec " PROGRAM " \"$@\"x"},
                    Shape{"Sequence", "exec " PROGRAM " \"$@\"; true"},
                    Shape{"Redirection", "exec " PROGRAM " \"$@\" 2>/log"},
                    Shape{"Comment", "exec " PROGRAM " \"$@\" # all"},
                    Shape{"Continued", "exec -a \"$0\" \"" PROGRAM "\" \\\n    --flag \"$@\""}),
    name_of);

TEST(WrappedName, IsThatOfTheWrapperOrHidden) {
    for (const char *name : {"runc", ".runc-wrapped", ".runc-wrapped_"})
        EXPECT_TRUE(is_wrapped_name(name, "runc")) << name;
    for (const char *name : {"", "run", "runc2", "crunc", "python3", "runc-wrapped", ".runc", "..runc-wrapped",
                             ".crun-wrapped", ".runc-wrapped__", ".runc-wrapped-1", ".runc-wrappe", ".-wrapped"})
        EXPECT_FALSE(is_wrapped_name(name, "runc")) << name;
    EXPECT_FALSE(is_wrapped_name("python3", "py")) << "a beginning of its name";
    EXPECT_FALSE(is_wrapped_name("busybox", "b"));
    EXPECT_TRUE(is_wrapped_name("..x-wrapped-wrapped", ".x-wrapped"));
}

TEST(Wrapper, AnExecInAHereDocumentBehindTheLastCounts) {
    EXPECT_EQ(wrapped("exec /bin/runc \"$@\"\ncat <<EOF\nexec /bin/other \"$@\"\nEOF\n"), "/bin/other")
        << "shell syntax is not interpreted";
}

TEST(Wrapper, OfAnyLength) {
    for (size_t length : {kLongestWrapper - 1, kLongestWrapper, kLongestWrapper + 1}) {
        std::string line = std::string("exec \"") + kProgram + "\" \"$@\"";
        std::string script = "#!/bin/sh\n#" + std::string(length - line.size() - 12, 'x') + "\n" + line;
        ASSERT_EQ(script.size(), length);
        EXPECT_EQ(wrapped(script), kProgram);
    }
}

TEST(Wrapper, NulBytesAreBytes) {
    using namespace std::string_literals;
    EXPECT_EQ(wrapped("#!/bin/sh\n\0\0\nexec /bin/runc \"$@\"\n\0"s), "/bin/runc");
    EXPECT_EQ(wrapped("#!/bin/sh\nexec /bin/ru\0nc \"$@\""s), "") << "a path would end there";
    EXPECT_EQ(wrapped("#!/bin/sh\nexec \"/bin/runc\0\" \"$@\""s), "");
    EXPECT_EQ(wrapped("#!/bin/sh\nexec /bin/runc \"$@\"\0"s), "");
}

// Every prefix of it too: AddressSanitizer detects a read past the end.
TEST(Wrapper, EveryBeginningOfAScript) {
    const std::string script = nix_script(std::string("exec -a \"$0\" '") + kProgram + "'\t\"$@\"\n");
    for (size_t length = 0; length <= script.size(); length++) {
        std::string beginning(script, 0, length);
        beginning.shrink_to_fit();
        std::string program = wrapped(beginning);
        EXPECT_TRUE(program.empty() || program == kProgram) << program;
    }
}

TEST(Script, BeginsWithTwoBytes) {
    EXPECT_TRUE(is_script("#!/bin/sh"));
    EXPECT_TRUE(is_script("#!"));
    for (const char *other : {"", "#", "# !", " #!", "\n#!/bin/sh",
                              "\x7f"
                              "ELF"})
        EXPECT_FALSE(is_script(other)) << other;
}
