// SPDX-License-Identifier: MIT
#include "base/boundary.h"
#include "base/names.h"
#include "helpers.h"
#include "launch/options.h"
#include "launch/profile.h"
#include "reexec.h"
#include "seal/options.h"

#include <algorithm>
#include <vector>

using namespace exeseal;
using namespace exeseal::test;

namespace {

// A struct in a heap block of exactly `size` bytes, so that a sanitizer detects a read past its
// end.
template <typename Options> class Sized {
  public:
    explicit Sized(size_t size, const Options &from = {}) : bytes_(size) {
        memcpy(bytes_.data(), &from, std::min(size, sizeof from));
    }
    const Options *get() const { return reinterpret_cast<const Options *>(bytes_.data()); }
    size_t size() const { return bytes_.size(); }
    char &operator[](size_t i) { return bytes_[i]; }

  private:
    std::vector<char> bytes_;
};

Failure read(const exeseal_clone_options *from, size_t size) {
    exeseal_clone_options options;
    return read_clone_options(from, size, options);
}

Failure read(const exeseal_exec_options *from, size_t size) {
    exeseal_exec_options options;
    return read_exec_options(from, size, options);
}

Failure read(const exeseal_spawn_options *from, size_t size) {
    exeseal_spawn_options options;
    return read_spawn_options(from, size, options);
}

// The size in version 0.1.
template <typename Options> constexpr size_t kFirstSize = sizeof(Options);
template <> constexpr size_t kFirstSize<exeseal_exec_options> = 112;
template <> constexpr size_t kFirstSize<exeseal_spawn_options> = 144;

template <typename Options> uint64_t known_flags();
template <> uint64_t known_flags<exeseal_clone_options>() {
    return EXESEAL_CLONE_DROP_PRIVILEGES | EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_SMALL_PAGES |
           EXESEAL_CLONE_HUGE_PAGES;
}
template <> uint64_t known_flags<exeseal_exec_options>() {
    return known_exec_flags();
}
template <> uint64_t known_flags<exeseal_spawn_options>() {
    return EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_GROUP | EXESEAL_SPAWN_NEW_SESSION;
}

template <typename Options> Failure read(const Options &options) {
    return read(&options, sizeof options);
}

std::string text_of(const Failure &failure) {
    return std::to_string(failure.step) + " " + std::to_string(failure.error) + " " + failure.where;
}

std::string bad(int error, const char *where) {
    return text_of({EXESEAL_STEP_ARGUMENT, error, where});
}

const std::string kGood = text_of({});

} // namespace

template <typename Options> class OptionSizes : public testing::Test {};
using AllOptions = testing::Types<exeseal_clone_options, exeseal_exec_options, exeseal_spawn_options>;
TYPED_TEST_SUITE(OptionSizes, AllOptions);

TYPED_TEST(OptionSizes, NullWithSizeZeroIsTheDefault) {
    EXPECT_EQ(text_of(read(static_cast<const TypeParam *>(nullptr), 0)), kGood);
}

TYPED_TEST(OptionSizes, NullWithASizeIsAnError) {
    for (size_t size : {size_t{1}, sizeof(TypeParam), SIZE_MAX})
        EXPECT_EQ(text_of(read(static_cast<const TypeParam *>(nullptr), size)), bad(EINVAL, "options_size")) << size;
}

TYPED_TEST(OptionSizes, TheSizeOfVersionOneIsTheSmallest) {
    TypeParam whole = {};
    EXPECT_EQ(text_of(read(&whole, 0)), bad(EINVAL, "options_size"));
    for (size_t size = 1; size < kFirstSize<TypeParam>; size++) {
        Sized<TypeParam> options(size);
        EXPECT_EQ(text_of(read(options.get(), size)), bad(EINVAL, "options_size")) << size;
    }
    Sized<TypeParam> first(kFirstSize<TypeParam>);
    EXPECT_EQ(text_of(read(first.get(), first.size())), kGood);
    EXPECT_EQ(text_of(read(whole)), kGood);
}

TYPED_TEST(OptionSizes, ALargerStructMayEndInZeros) {
    for (size_t size : {sizeof(TypeParam) + 1, sizeof(TypeParam) + 8, size_t{4096}}) {
        Sized<TypeParam> options(size);
        EXPECT_EQ(text_of(read(options.get(), size)), kGood) << size;
    }
}

TYPED_TEST(OptionSizes, ALargerStructMayNotSayMoreThanIsKnown) {
    for (size_t at = sizeof(TypeParam); at < sizeof(TypeParam) + 16; at++) {
        Sized<TypeParam> options(sizeof(TypeParam) + 16);
        options[at] = 1;
        EXPECT_EQ(text_of(read(options.get(), options.size())), bad(E2BIG, "options_size")) << at;
    }
    Sized<TypeParam> last(4096);
    last[4095] = 1;
    EXPECT_EQ(text_of(read(last.get(), last.size())), bad(E2BIG, "options_size"));
}

TYPED_TEST(OptionSizes, AnAbsurdSizeIsRefusedThoughItHoldsZeros) {
    Sized<TypeParam> options(8192);
    for (size_t size : {size_t{4097}, size_t{8192}})
        EXPECT_EQ(text_of(read(options.get(), size)), bad(E2BIG, "options_size")) << size;
}

// No memory has these sizes: the size must be rejected before anything is read.
TYPED_TEST(OptionSizes, AnImpossibleSizeIsNotRead) {
    TypeParam options = {};
    for (size_t size : {size_t{1} << 40, SIZE_MAX})
        EXPECT_EQ(text_of(read(&options, size)), bad(E2BIG, "options_size")) << size;
}

TYPED_TEST(OptionSizes, EveryUnknownFlagIsRefused) {
    UniqueFd root(open("/", O_PATH | O_CLOEXEC));
    for (int bit = 0; bit < 64; bit++) {
        bool is_clone = std::is_same_v<TypeParam, exeseal_clone_options>;
        TypeParam options = {};
        options.flags = uint64_t{1} << bit;
        if (is_clone && options.flags == EXESEAL_CLONE_TMP_DIRFD)
            continue; // 0 may be any descriptor here
        if constexpr (std::is_same_v<TypeParam, exeseal_exec_options>)
            options.directory = root.get();
        EXPECT_EQ(text_of(read(options)),
                  (options.flags & known_flags<TypeParam>()) != 0 ? kGood : bad(EINVAL, "flags"))
            << bit;
    }
}

TEST(CloneOptions, AreHandedOn) {
    exeseal_clone_options from = {}, to;
    from.flags = EXESEAL_CLONE_DROP_PRIVILEGES;
    from.require = EXESEAL_GUARANTEE_SEALED;
    from.max_bytes = 99;
    from.mode = EXESEAL_MODE_INDEPENDENT_DATA_COPY;
    from.tmp_dirfd = 17;
    strcpy(from.name, "runc");
    EXPECT_EQ(text_of(read_clone_options(&from, sizeof from, to)), kGood);
    EXPECT_EQ(memcmp(&from, &to, sizeof to), 0);
}

TEST(CloneOptions, EveryUnknownGuaranteeIsRefused) {
    for (uint32_t bit = 0; bit < 64; bit++) {
        exeseal_clone_options options = {};
        options.require = uint64_t{1} << bit;
        EXPECT_EQ(text_of(read(options)), guarantee_name(bit) != nullptr ? kGood : bad(EINVAL, "require")) << bit;
    }
}

TEST(CloneOptions, EveryUnknownModeIsRefused) {
    for (uint32_t mode : {0u, 1u, 2u, 3u, 0x80000000u, UINT32_MAX}) {
        exeseal_clone_options options = {};
        options.mode = mode;
        EXPECT_EQ(text_of(read(options)), mode <= 2 ? kGood : bad(EINVAL, "mode")) << mode;
    }
}

TEST(CloneOptions, ANameEndsWithinItsField) {
    exeseal_clone_options options = {};
    memset(options.name, 'n', sizeof options.name);
    EXPECT_EQ(text_of(read(options)), bad(EINVAL, "name"));
    options.name[63] = '\0';
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(CloneOptions, ANameMayBeAnything) {
    for (const char *name : {"/", "/runc", "usr/runc", "runc/", ".", "..", "...", ".runc", "..runc", "r..", " "}) {
        exeseal_clone_options options = {};
        strcpy(options.name, name);
        EXPECT_EQ(text_of(read(options)), kGood) << name;
    }
    exeseal_clone_options options = {};
    memcpy(options.name, "runc\0/", 6); // bytes after the NUL are not part of the name
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(CloneOptions, SmallAndHugePagesContradict) {
    exeseal_clone_options options = {};
    options.flags = EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES;
    EXPECT_EQ(text_of(read(options)), bad(EINVAL, "flags"));
}

TEST(CloneOptions, TmpDirfdMustBeADirectory) {
    exeseal_clone_options options = {};
    options.flags = EXESEAL_CLONE_TMP_DIRFD;
    for (int fd : {-1, AT_FDCWD, INT_MIN, INT_MAX, 1000000}) {
        options.tmp_dirfd = fd;
        EXPECT_EQ(text_of(read(options)), bad(EBADF, "tmp_dirfd")) << fd;
    }
    TempFile file;
    UniqueFd no_directory = file.open(O_RDONLY);
    options.tmp_dirfd = no_directory.get();
    EXPECT_EQ(text_of(read(options)), bad(ENOTDIR, "tmp_dirfd"));
    for (int flags : {O_RDONLY, O_PATH}) {
        UniqueFd directory(open("/", flags | O_DIRECTORY | O_CLOEXEC));
        options.tmp_dirfd = directory.get();
        EXPECT_EQ(text_of(read(options)), kGood) << flags;
    }
}

TEST(CloneOptions, TmpDirfdCountsOnlyWithItsFlag) {
    exeseal_clone_options options = {};
    options.tmp_dirfd = -1;
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(ExecOptions, KeepNeedsCloseOthers) {
    exeseal_exec_options options = {};
    options.keep_count = 1;
    EXPECT_EQ(text_of(read(options)), bad(EINVAL, "keep_count"));
    options.flags = EXESEAL_EXEC_CLOSE_OTHERS;
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(ExecOptions, KeepHoldsSixteen) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_CLOSE_OTHERS;
    for (uint32_t count : {16u, 17u, UINT32_MAX}) {
        options.keep_count = count;
        EXPECT_EQ(text_of(read(options)), count == 16 ? kGood : bad(EINVAL, "keep_count")) << count;
    }
}

TEST(ExecOptions, UmaskHasPermissionBitsOnly) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_UMASK;
    for (uint32_t mask : {0u, 022u, 0777u, 01000u, UINT32_MAX}) {
        options.umask = mask;
        EXPECT_EQ(text_of(read(options)), mask <= 0777 ? kGood : bad(EINVAL, "umask")) << mask;
    }
}

TEST(ExecOptions, AmbientCapabilitiesMustBeInheritable) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_CAPABILITIES;
    options.inheritable = 6;
    for (uint64_t set : {0, 2, 4, 6, 1, 8, 7}) {
        options.ambient = set;
        EXPECT_EQ(text_of(read(options)), (set & ~uint64_t{6}) == 0 ? kGood : bad(EINVAL, "ambient")) << set;
    }
}

TEST(ExecOptions, DeathSignalMustBeASignal) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_DEATH_SIGNAL;
    for (int signal : {0, 1, int{SIGKILL}, _NSIG - 1, _NSIG, -1, INT_MIN, INT_MAX}) {
        options.death_signal = signal;
        EXPECT_EQ(text_of(read(options)), signal >= 0 && signal < _NSIG ? kGood : bad(EINVAL, "death_signal"))
            << signal;
    }
}

TEST(ExecOptions, DirectoryMustBeADirectory) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_DIRECTORY;
    for (int fd : {-1, AT_FDCWD, 1000000}) {
        options.directory = fd;
        EXPECT_EQ(text_of(read(options)), bad(EBADF, "directory")) << fd;
    }
    UniqueFd file = memfd("no directory");
    options.directory = file.get();
    EXPECT_EQ(text_of(read(options)), bad(ENOTDIR, "directory"));
    UniqueFd directory(open("/", O_PATH | O_CLOEXEC));
    options.directory = directory.get();
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(ExecOptions, CountOnlyWithTheirFlags) {
    exeseal_exec_options options = {};
    options.umask = options.death_signal = 9999;
    options.directory = -1;
    options.ambient = 1;
    EXPECT_EQ(text_of(read(options)), kGood);
}

TEST(SpawnOptions, MapHoldsSixteen) {
    exeseal_spawn_options options = {};
    for (uint32_t count : {16u, 17u, UINT32_MAX}) {
        options.map_count = count;
        EXPECT_EQ(text_of(read(options)), count == 16 ? kGood : bad(EINVAL, "map_count")) << count;
    }
}

TEST(SpawnOptions, MapHasNoNegativeNumbers) {
    for (int fd : {-1, AT_FDCWD, INT_MIN})
        for (exeseal_descriptor_map map : {exeseal_descriptor_map{fd, 3}, exeseal_descriptor_map{3, fd}}) {
            exeseal_spawn_options options = {};
            options.map[1] = map;
            options.map_count = 1;
            EXPECT_EQ(text_of(read(options)), kGood);
            options.map_count = 2;
            EXPECT_EQ(text_of(read(options)), bad(EBADF, "map"));
        }
}

TEST(SpawnOptions, ReservedIsZero) {
    exeseal_spawn_options options = {};
    options.reserved = 1;
    EXPECT_EQ(text_of(read(options)), bad(EINVAL, "flags"));
}

TEST(OutStruct, MayBeUnwanted) {
    EXPECT_EQ(check_out_struct(nullptr, 0, 8), 0);
    EXPECT_EQ(check_out_struct(nullptr, 8, 8), -EINVAL);
}

TEST(OutStruct, HasTheSizeOfVersionOneAtLeast) {
    char to[16] = {};
    EXPECT_EQ(check_out_struct(to, 0, 8), -EINVAL);
    EXPECT_EQ(check_out_struct(to, 7, 8), -EINVAL);
    EXPECT_EQ(check_out_struct(to, 8, 8), 0);
    EXPECT_EQ(check_out_struct(to, 16, 8), 0);
    EXPECT_EQ(check_out_struct(to, 4096, 8), 0);
    EXPECT_EQ(check_out_struct(to, 4097, 8), -E2BIG);
    EXPECT_EQ(check_out_struct(to, SIZE_MAX, 8), -E2BIG);
}

TEST(OutStruct, IsFilledAndTheRestZeroed) {
    const char from[] = {1, 2, 3, 4};
    char to[8];
    memset(to, '#', sizeof to);
    write_out_struct(to, 6, from, sizeof from);
    EXPECT_EQ(std::string(to, 8), std::string("\1\2\3\4\0\0##", 8));
    memset(to, '#', sizeof to);
    write_out_struct(to, 2, from, sizeof from);
    EXPECT_EQ(std::string(to, 4), std::string("\1\2##", 4));
    write_out_struct(nullptr, 0, from, sizeof from);
}

TEST(OutStruct, OfTheInterfaceFollowsTheSameRules) {
    UniqueFd fd = memfd("bytes");
    std::vector<char> info(sizeof(exeseal_info) + 32, '#');
    auto *to = reinterpret_cast<exeseal_info *>(info.data());
    EXPECT_EQ(exeseal_inspect(fd.get(), nullptr, 0), -EINVAL);
    EXPECT_EQ(exeseal_inspect(fd.get(), to, sizeof(exeseal_info) - 1), -EINVAL);
    EXPECT_EQ(exeseal_inspect(fd.get(), to, 4097), -E2BIG);
    EXPECT_EQ(info[0], '#');
    EXPECT_EQ(exeseal_inspect(fd.get(), to, sizeof(exeseal_info) + 16), 0);
    EXPECT_EQ(to->size, 5u);
    EXPECT_EQ(std::string(&info[sizeof(exeseal_info)], 17), std::string(16, '\0') + "#");
}
