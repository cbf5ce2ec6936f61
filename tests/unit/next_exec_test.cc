// SPDX-License-Identifier: MIT
// Checks what follows each errno of execveat(2), for each kind of image.
#include "launch/next_exec.h"

#include "base/errno_name.h"

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>
#include <iterator>
#include <ostream>

using namespace exeseal;

namespace exeseal {

void PrintTo(NextExec next, std::ostream *out) {
    constexpr const char *kNames[] = {"Return", "Explain", "ExplainUnreadable", "TryPath", "TryPathInherited"};
    *out << kNames[static_cast<int>(next)];
}

} // namespace exeseal

namespace {

Image image_of(uint32_t kind, bool is_foreign = false) {
    Image image;
    image.kind = kind;
    image.is_foreign = is_foreign;
    return image;
}

const Image kStatic = image_of(EXESEAL_IMAGE_STATIC), kDynamic = image_of(EXESEAL_IMAGE_DYNAMIC),
            kScript = image_of(EXESEAL_IMAGE_SCRIPT), kForeign = image_of(EXESEAL_IMAGE_STATIC, true),
            kUnknown = image_of(EXESEAL_IMAGE_NONE);

constexpr int kOfImage[] = {ENOSYS, EPERM, EACCES, ENOENT, ENOEXEC, ENOTDIR};
constexpr int kFilters[] = {ENOSYS, EPERM, EACCES};

} // namespace

TEST(NextExec, LooksAtTheImageWhereTheErrnoMayComeFromIt) {
    for (int error = 1; error < 134; error++) {
        bool is_listed = std::find(std::begin(kOfImage), std::end(kOfImage), error) != std::end(kOfImage);
        EXPECT_EQ(is_about_image(-error), is_listed) << errno_name(error);
        for (const Image &image : {kStatic, kScript, kUnknown})
            EXPECT_EQ(next_exec(-error, image, true) == NextExec::Return, !is_listed) << errno_name(error);
    }
}

TEST(NextExec, TriesThePathOfAProgramIfAFilterMayHaveAnswered) {
    for (const Image &image : {kStatic, kDynamic}) {
        for (int error : kFilters)
            EXPECT_EQ(next_exec(-error, image, false), NextExec::TryPath) << errno_name(error);
        for (int error : {ENOENT, ENOEXEC, ENOTDIR})
            EXPECT_EQ(next_exec(-error, image, false), NextExec::Explain) << errno_name(error);
    }
}

TEST(NextExec, LetsTheOpenerInheritTheDescriptor) {
    for (const Image &image : {kScript, kForeign}) {
        for (int error : {ENOSYS, EPERM, EACCES, ENOENT})
            EXPECT_EQ(next_exec(-error, image, true), NextExec::TryPathInherited) << errno_name(error);
        for (int error : {ENOEXEC, ENOTDIR})
            EXPECT_EQ(next_exec(-error, image, true), NextExec::Explain) << errno_name(error);
    }
}

TEST(NextExec, SaysSoIfTheOpenerDoesNotInheritIt) {
    for (const Image &image : {kScript, kForeign}) {
        for (int error : {ENOSYS, EPERM, EACCES, ENOENT, ENOTDIR})
            EXPECT_EQ(next_exec(-error, image, false), NextExec::ExplainUnreadable) << errno_name(error);
        EXPECT_EQ(next_exec(-ENOEXEC, image, false), NextExec::Explain);
    }
}

TEST(NextExec, TakesENOENTOfAnUnknownFormatForBinfmtMisc) {
    EXPECT_EQ(next_exec(-ENOENT, kUnknown, true), NextExec::TryPathInherited);
    EXPECT_EQ(next_exec(-ENOENT, kUnknown, false), NextExec::ExplainUnreadable);
    for (int error : kFilters)
        EXPECT_EQ(next_exec(-error, kUnknown, false), NextExec::TryPath) << errno_name(error);
    for (int error : {ENOEXEC, ENOTDIR})
        EXPECT_EQ(next_exec(-error, kUnknown, true), NextExec::Explain) << errno_name(error);
}
