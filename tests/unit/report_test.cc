// SPDX-License-Identifier: MIT
#include "base/report.h"

#include "base/errno_name.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

using namespace exeseal;

namespace {

std::string formatted(const exeseal_report &report) {
    char buffer[8192];
    int length = exeseal_report_format(&report, sizeof report, buffer, sizeof buffer);
    EXPECT_EQ(length, static_cast<int>(strlen(buffer)));
    return buffer;
}

exeseal_report success() {
    exeseal_report report = {};
    report.strategy = EXESEAL_STRATEGY_MEMFD;
    report.guarantees = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_STABLE;
    report.bytes = 1234;
    report.evidence = EXESEAL_EVIDENCE_LEASE;
    record(report, EXESEAL_STRATEGY_MEMFD, {});
    return report;
}

size_t count(const std::string &text, const std::string &part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
        found++;
    return found;
}

} // namespace

TEST(Record, KeepsWhatHappened) {
    exeseal_report report = {};
    record(report, EXESEAL_STRATEGY_TMPFILE, {EXESEAL_STEP_CREATE, EROFS, "/tmp"});
    ASSERT_EQ(report.attempts, 1u);
    EXPECT_EQ(report.attempt[0].strategy, uint32_t{EXESEAL_STRATEGY_TMPFILE});
    EXPECT_EQ(report.attempt[0].step, uint32_t{EXESEAL_STEP_CREATE});
    EXPECT_EQ(report.attempt[0].error, EROFS);
    EXPECT_STREQ(report.attempt[0].where, "/tmp");
}

TEST(Record, CutsAPlaceThatIsTooLong) {
    exeseal_report report = {};
    std::string place(100, 'x');
    record(report, EXESEAL_STRATEGY_TMPFILE, {EXESEAL_STEP_CREATE, EROFS, place.c_str()});
    EXPECT_EQ(std::string(report.attempt[0].where), place.substr(0, 47));
    EXPECT_EQ(report.attempt[1].strategy, 0u);
}

TEST(Record, CountsMoreThanItKeeps) {
    exeseal_report report = {};
    for (int error = 1; error <= 20; error++)
        record(report, EXESEAL_STRATEGY_MEMFD, {EXESEAL_STEP_COPY, error, ""});
    EXPECT_EQ(report.attempts, 20u);
    for (int i = 0; i < EXESEAL_REPORT_ATTEMPTS; i++)
        EXPECT_EQ(report.attempt[i].error, i + 1);
    std::string text = formatted(report);
    EXPECT_EQ(count(text, "\n"), 17u) << text;
    EXPECT_NE(text.find("4 more attempts were not recorded\n"), text.npos) << text;
}

TEST(Record, OfSixteenIsWhole) {
    exeseal_report report = {};
    for (int i = 0; i < EXESEAL_REPORT_ATTEMPTS; i++)
        record(report, EXESEAL_STRATEGY_MEMFD, {EXESEAL_STEP_COPY, EIO, ""});
    EXPECT_EQ(formatted(report).find("more attempts"), std::string::npos);
}

TEST(Format, StatesTheResult) {
    EXPECT_EQ(formatted(success()), "cloned by memfd: 1234 bytes, guarantees sealed,stable, evidence lease\n");
}

TEST(Format, StatesTheBytesInHugePages) {
    exeseal_report report = success();
    report.huge_bytes = 1000;
    EXPECT_EQ(formatted(report), "cloned by memfd: 1234 bytes, 1000 of them in huge pages, guarantees sealed,stable, "
                                 "evidence lease\n");
}

TEST(Format, StatesThatNothingIsGuaranteed) {
    exeseal_report report = success();
    report.guarantees = 0;
    report.retries = 3;
    EXPECT_EQ(formatted(report), "cloned by memfd: 1234 bytes, guarantees none, evidence lease, retries 3\n");
}

TEST(Format, NamesEachFailure) {
    exeseal_report report = {};
    record(report, EXESEAL_STRATEGY_NONE, {EXESEAL_STEP_ARGUMENT, EINVAL, "flags"});
    record(report, EXESEAL_STRATEGY_MEMFD, {EXESEAL_STEP_COPY, EIO, ""});
    EXPECT_EQ(formatted(report), "argument: EINVAL (flags)\nmemfd: copy: EIO\n");
}

TEST(Format, AddsAdviceToAFailure) {
    exeseal_report report = {};
    record(report, EXESEAL_STRATEGY_NONE, {EXESEAL_STEP_SOURCE, EISDIR, "source_fd"});
    EXPECT_EQ(formatted(report), "source: EISDIR (source_fd): The source is a directory. Pass the program in it.\n");
}

TEST(Format, GivesTheSameAdviceOnce) {
    exeseal_report report = {};
    record(report, EXESEAL_STRATEGY_MEMFD, {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "stable"});
    const std::string first = formatted(report);
    ASSERT_GT(first.size(), strlen("memfd: require: EOPNOTSUPP (stable)\n"));
    record(report, EXESEAL_STRATEGY_TMPFS, {EXESEAL_STEP_COPY, EIO, ""});
    record(report, EXESEAL_STRATEGY_TMPFILE, {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "stable"});
    EXPECT_EQ(formatted(report), first + "tmpfs: copy: EIO\ntmpfile: require: EOPNOTSUPP (stable)\n");
}

TEST(Format, OfAnEmptyReportIsEmpty) {
    EXPECT_EQ(formatted({}), "");
}

TEST(Format, TruncatesToTheBufferAndReturnsTheWholeLength) {
    exeseal_report report = success();
    report.attempts = 0;
    record(report, EXESEAL_STRATEGY_REUSE, {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, "x-sealed"});
    const std::string whole = formatted(report);
    ASSERT_GT(whole.size(), 80u);
    EXPECT_EQ(exeseal_report_format(&report, sizeof report, nullptr, 0), static_cast<int>(whole.size()));
    for (size_t size = 0; size <= whole.size() + 1; size++) {
        std::string buffer(size + 1, '#');
        EXPECT_EQ(exeseal_report_format(&report, sizeof report, buffer.data(), size), static_cast<int>(whole.size()));
        EXPECT_EQ(buffer[size], '#') << "wrote past a buffer of " << size;
        if (size != 0) {
            EXPECT_EQ(std::string(buffer.c_str()), whole.substr(0, size - 1));
        }
    }
}

// exeseal_report_format(3) says so.
TEST(Format, FitsInto8192Bytes) {
    const std::string place(sizeof(exeseal_attempt::where) - 1, 'w');
    exeseal_report longest = {};
    for (uint32_t strategy = 0; strategy <= EXESEAL_STRATEGY_VERITY; strategy++)
        for (uint32_t step = 1; step <= EXESEAL_STEP_POLICY; step++)
            for (int error = 1; error < 134; error++) {
                exeseal_report report = {};
                record(report, strategy, {step, error, place.c_str()});
                if (formatted(report).size() > formatted(longest).size())
                    longest = report;
            }
    exeseal_report report = success();
    report.bytes = report.huge_bytes = UINT64_MAX;
    report.guarantees = UINT64_MAX;
    report.retries = UINT32_MAX;
    report.digest.algorithm = 2;
    report.digest.size = sizeof report.digest.value;
    // Each failure could have advice of its own.
    size_t of_failures = EXESEAL_REPORT_ATTEMPTS * formatted(longest).size();
    report.attempts = UINT32_MAX;
    EXPECT_LT(formatted(report).size() + of_failures, 8192u) << formatted(longest);
}

TEST(Format, RejectsBadArguments) {
    exeseal_report report = success();
    char buffer[16];
    EXPECT_EQ(exeseal_report_format(nullptr, sizeof report, buffer, sizeof buffer), -EINVAL);
    EXPECT_EQ(exeseal_report_format(&report, sizeof report - 1, buffer, sizeof buffer), -EINVAL);
    EXPECT_EQ(exeseal_report_format(&report, 0, buffer, sizeof buffer), -EINVAL);
    EXPECT_EQ(exeseal_report_format(&report, sizeof report, nullptr, 1), -EINVAL);
}

TEST(Format, SurvivesNumbersThatItDoesNotKnow) {
    exeseal_report report = {};
    report.strategy = 77;
    report.evidence = 78;
    report.guarantees = UINT64_MAX;
    record(report, 79, {80, 9999, "place"});
    EXPECT_EQ(formatted(report), "cloned by unknown: 0 bytes, guarantees "
                                 "read-only,sealed,x-sealed,own-pages,peer-sealed,landlock,stable, evidence unknown\n"
                                 "unknown: unknown: errno 9999 (place)\n");
}

TEST(Format, SurvivesRandomBytes) {
    exeseal_report report;
    for (int byte : {0x01, 0x7f, 0x80, 0xff}) {
        memset(&report, byte, sizeof report);
        std::string text = formatted(report);
        // the outcome, sixteen attempts, and the count of further ones
        EXPECT_EQ(count(text, "\n"), 18u) << text;
        EXPECT_NE(text.find(" more attempts were not recorded\n"), text.npos);
    }
}

TEST(Format, ReadsNoFurtherThanThePlace) {
    exeseal_report report = {};
    record(report, EXESEAL_STRATEGY_MEMFD, {EXESEAL_STEP_COPY, EIO, ""});
    memset(report.attempt[0].where, 'w', sizeof report.attempt[0].where);
    report.attempt[1].strategy = 0x41414141; // "AAAA", directly after the place
    EXPECT_EQ(formatted(report), "memfd: copy: EIO (" + std::string(48, 'w') + ")\n");
}

TEST(ErrnoName, AgreesWithTheLibc) {
    int named = 0;
    for (int error = 1; error < 200; error++) {
        if (const char *name = errno_name(error)) {
            EXPECT_STREQ(name, strerrorname_np(error)) << error;
            named++;
        }
    }
    EXPECT_GT(named, 50);
    for (int error : {0, -1, -EPERM, 4095, 9999})
        EXPECT_EQ(errno_name(error), nullptr) << error;
}
