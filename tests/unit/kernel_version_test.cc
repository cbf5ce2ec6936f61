// SPDX-License-Identifier: MIT
#include "seal/kernel_version.h"

#include <gtest/gtest.h>

using namespace exeseal;

namespace {

struct Kernel {
    const char *release;
    bool protects;
};

// The same table is in go/internal/pure/kernel_version_test.go.
constexpr Kernel kKernels[] = {
    {"5.4.0-150-generic", true},
    {"5.3.99", false},
    {"4.4.0", false},
    {"2.6.78", false},
    {"6.1.0-53-cloud-amd64", true},
    {"6.10.14", true},
    {"6.11.0", false},
    {"6.11-rc1", false},
    {"6.12.57+deb13-amd64", false},
    {"6.13.7", true},
    {"6.14.0", false},
    {"6.18.44-fc-v669", false},
    {"6.110.1", false},
    {"7.0.0", false},
    {"60.1", false},
    {"", false},
    {"six", false},
    {"6", true},
};

} // namespace

TEST(KernelVersion, ProtectsRunningProgramsWhereThatIsProven) {
    for (const Kernel &kernel : kKernels)
        EXPECT_EQ(protects_running_programs(parse_kernel_version(kernel.release)), kernel.protects) << kernel.release;
}

TEST(KernelVersion, ComparesNumbersAndNoText) {
    EXPECT_TRUE(parse_kernel_version("6.9.1").is_before(6, 11));
    EXPECT_FALSE(parse_kernel_version("7.0").is_before(6, 99));
    EXPECT_TRUE(parse_kernel_version("99999999999.5").is(99999, 0)) << "no overflow";
    EXPECT_FALSE(kernel_version().is_before(5, 4)) << "this kernel";
}
