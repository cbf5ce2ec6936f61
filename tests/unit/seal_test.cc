// SPDX-License-Identifier: MIT
#include "base/seals.h"

#include "helpers.h"

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr uint64_t kSealed = EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK;

struct Mask {
    int seals;
    bool is_frozen, is_sealable;
    uint64_t guarantees;
};

// SEAL 1, SHRINK 2, GROW 4, WRITE 8, FUTURE_WRITE 0x10, EXEC 0x20.
constexpr Mask kMasks[] = {
    {0x0f, true, true, kSealed | EXESEAL_GUARANTEE_PEER_SEALED},
    {0x1f, true, true, kSealed},
    {0x2f, true, true, kSealed | EXESEAL_GUARANTEE_X_SEALED},
    {0x3f, true, true, kSealed | EXESEAL_GUARANTEE_X_SEALED},
    {0x3e, true, true, 0},
    {0x0e, true, true, 0},
    {0x01, false, false, 0},
    {0x00, false, true, 0},
    {0x07, false, true, 0}, // anybody can write
    {0x0b, false, true, 0}, // anybody can append
    {0x0d, false, true, 0}, // anybody can truncate
    {0x17, false, true, 0}, // its creator can write through an existing mapping
    {-EINVAL, false, false, 0},
    {-EBADF, false, false, 0},
};

} // namespace

TEST(Seal, MasksHaveTheirGuarantees) {
    EXPECT_EQ(kCopySeals, 0xf);
    for (const Mask &mask : kMasks) {
        SCOPED_TRACE(testing::Message() << std::hex << mask.seals);
        EXPECT_EQ(is_frozen(mask.seals), mask.is_frozen);
        EXPECT_EQ(is_sealable_memfd(mask.seals), mask.is_sealable);
        EXPECT_EQ(memfd_guarantees(mask.seals, 0555), mask.guarantees);
    }
}

TEST(Seal, UnknownSealsRemoveNoGuarantee) {
    EXPECT_EQ(memfd_guarantees(kCopySeals | 0x40, 0555), kSealed);
    EXPECT_TRUE(is_frozen(kCopySeals | 0x40));
}

TEST(Seal, WithoutExecutePermissionThereIsNoLandlock) {
    constexpr uint64_t kNeedsExecute = EXESEAL_GUARANTEE_LANDLOCK | EXESEAL_GUARANTEE_PEER_SEALED;
    EXPECT_EQ(memfd_guarantees(kCopySeals, 0444), kSealed & ~kNeedsExecute);
}

TEST(Seal, AreReadBackAsTheyWereAdded) {
    UniqueFd fd = memfd("bytes");
    EXPECT_EQ(get_seals(fd.get()), 0);
    EXPECT_EQ(add_seals(fd.get(), kCopySeals), 0);
    EXPECT_EQ(get_seals(fd.get()), kCopySeals);
    EXPECT_EQ(add_seals(fd.get(), F_SEAL_FUTURE_WRITE), -EPERM);
    EXPECT_EQ(write(fd.get(), "x", 1), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST(Seal, AMemfdWithoutSealingIsNotSealable) {
    UniqueFd fd(memfd_create("test", MFD_CLOEXEC));
    EXPECT_EQ(get_seals(fd.get()), kUnsealable);
    EXPECT_FALSE(is_sealable_memfd(get_seals(fd.get())));
}

TEST(Seal, AFileHasNone) {
    EXPECT_EQ(get_seals(-1), -EBADF);
    Pipe pipe;
    EXPECT_EQ(get_seals(pipe.reader.get()), -EINVAL);
}
