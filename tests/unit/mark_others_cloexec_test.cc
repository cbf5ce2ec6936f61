// SPDX-License-Identifier: MIT
#include "launch/mark_others_cloexec.h"

#include "helpers.h"

#include <vector>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr int kFirst = 10, kLast = 20;

// Opens descriptors 0 to 2 and 10 to 20, none of them close-on-exec, and no others.
void open_some() {
    int some = open("/dev/null", O_RDONLY);
    for (int fd = 0; fd < 3; fd++)
        dup2(some, fd);
    for (int fd = kFirst; fd <= kLast; fd++)
        dup2(some, fd);
    for (int fd = 3; fd < 256; fd++)
        if (fd < kFirst || fd > kLast)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// One bit for each descriptor from 10 to 20 whose flag is unchanged.
long left_alone() {
    long bits = 0;
    for (int fd = kFirst; fd <= kLast; fd++)
        bits |= (fcntl(fd, F_GETFD) == 0 ? 1L : 0L) << fd;
    return bits;
}

bool standard_ones_stay() {
    return fcntl(0, F_GETFD) == 0 && fcntl(1, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0;
}

long bits_of(const std::vector<int32_t> &keep) {
    long bits = 0;
    for (int fd : keep)
        if (fd >= kFirst)
            bits |= 1L << fd;
    return bits;
}

constexpr long kAll = (1L << (kLast + 1)) - (1L << kFirst);
constexpr long kFailed = -1, kStandardOnesLost = -2;

// The unchanged descriptors after mark_others_cloexec. The pipe for the result is always marked and
// stays open.
long left_by(const std::vector<int32_t> &keep) {
    return in_child([&] {
        open_some();
        if (mark_others_cloexec(keep.data(), static_cast<uint32_t>(keep.size())))
            return kFailed;
        return standard_ones_stay() ? left_alone() : kStandardOnesLost;
    });
}

std::string text_of(const std::vector<int32_t> &keep) {
    std::string text = "keep";
    for (int fd : keep)
        text += " " + std::to_string(fd);
    return text;
}

} // namespace

TEST(MarkOthersCloexec, MarksAllButTheKept) {
    const std::vector<int32_t> lists[] = {
        {},
        {10},
        {20},
        {15},
        {10, 20},
        {20, 10},
        {12, 13},
        {13, 12},
        {19, 11, 15},
        {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20},
        {15, 15},
        {20, 10, 20},
        {0, 1, 2},
        {2, 10, 0},
        {14, 1, 12, 14, 13},
        {18, 16, 17},
        {0, 20},
        {12, 14, 16, 18},
    };
    for (const auto &keep : lists)
        EXPECT_EQ(left_by(keep), bits_of(keep)) << text_of(keep);
}

TEST(MarkOthersCloexec, BeginsWithThree) {
    EXPECT_EQ(in_child([] {
                  if (fcntl(3, F_GETFD) < 0)
                      dup2(0, 3);
                  fcntl(3, F_SETFD, 0);
                  mark_others_cloexec(nullptr, 0);
                  return static_cast<long>(fcntl(3, F_GETFD));
              }),
              FD_CLOEXEC);
}

TEST(MarkOthersCloexec, ClosesNothingBeforeTheExecution) {
    EXPECT_EQ(in_child([] {
                  open_some();
                  int before = count_descriptors();
                  mark_others_cloexec(nullptr, 0);
                  return static_cast<long>(count_descriptors() - before);
              }),
              0);
}

TEST(MarkOthersCloexec, LeavesAKeptOnesOwnMark) {
    EXPECT_EQ(in_child([] {
                  open_some();
                  fcntl(12, F_SETFD, FD_CLOEXEC);
                  int32_t keep = 12;
                  mark_others_cloexec(&keep, 1);
                  return static_cast<long>(fcntl(12, F_GETFD));
              }),
              FD_CLOEXEC);
}

TEST(MarkOthersCloexec, MarksNothingWhereOneIsBad) {
    const std::vector<int32_t> lists[] = {{-1}, {9}, {10, -1}, {9, 10}, {10, 20, 99}, {INT32_MAX}, {INT32_MIN}};
    for (const auto &keep : lists) {
        long left = in_child([&] {
            open_some();
            close(9);
            close(99);
            Obstacle obstacle = mark_others_cloexec(keep.data(), static_cast<uint32_t>(keep.size()));
            bool is_right = obstacle.error == -EBADF && std::string_view(obstacle.where) == "keep";
            return is_right ? left_alone() : kFailed;
        });
        EXPECT_EQ(left, kAll) << text_of(keep);
    }
}
