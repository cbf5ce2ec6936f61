// SPDX-License-Identifier: MIT
#include "base/image.h"

#include "helpers.h"

#include <algorithm>
#include <elf.h>
#include <random>

using namespace exeseal;
using namespace exeseal::test;

namespace {

Image image_of(std::string_view bytes) {
    Image image;
    UniqueFd fd = memfd(bytes);
    EXPECT_EQ(read_image(fd.get(), image), 0);
    return image;
}

// An ELF header, one program header for the interpreter, and the interpreter's path after them.
template <typename FileHeader, typename ProgramHeader> struct Elf {
    FileHeader file = {};
    ProgramHeader segment = {};
    std::string interpreter = std::string("/lib/ld.so\0", 11);

    Elf() {
        memcpy(file.e_ident, ELFMAG, SELFMAG);
        file.e_ident[EI_CLASS] = sizeof file == sizeof(Elf64_Ehdr) ? ELFCLASS64 : ELFCLASS32;
        file.e_ident[EI_DATA] = ELFDATA2LSB;
        file.e_type = ET_DYN;
        file.e_machine = sizeof file == sizeof(Elf64_Ehdr) ? EM_X86_64 : EM_386;
        file.e_phoff = sizeof file;
        file.e_phentsize = sizeof segment;
        file.e_phnum = 1;
        segment.p_type = PT_INTERP;
        segment.p_offset = sizeof file + sizeof segment;
        segment.p_filesz = 11;
    }
    std::string bytes() const {
        return std::string(reinterpret_cast<const char *>(&file), sizeof file) +
               std::string(reinterpret_cast<const char *>(&segment), sizeof segment) + interpreter;
    }
    Image image() const { return image_of(bytes()); }
};
using Elf64 = Elf<Elf64_Ehdr, Elf64_Phdr>;
using Elf32 = Elf<Elf32_Ehdr, Elf32_Phdr>;

std::string head_of(const char *path, size_t size) {
    UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
    std::string bytes(size, '\0');
    EXPECT_EQ(pread(fd.get(), bytes.data(), size, 0), static_cast<ssize_t>(size)) << path;
    return bytes;
}

bool is_terminated(const Image &image) {
    return memchr(image.interpreter, '\0', sizeof image.interpreter) != nullptr;
}

constexpr char kDynamic[] = "/proc/self/exe"; // this test program, unless it was linked statically

} // namespace

TEST(Image, OfARealProgram) {
    Image image;
    UniqueFd fd(open(kDynamic, O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(read_image(fd.get(), image), 0);
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC});
    EXPECT_FALSE(image.is_foreign);
    EXPECT_EQ(access(image.interpreter, X_OK), 0) << image.interpreter;
}

TEST(Image, OfARealStaticProgram) {
    Image image;
    UniqueFd fd(open("/bin/busybox", O_RDONLY | O_CLOEXEC));
    if (!fd)
        GTEST_SKIP() << "no /bin/busybox (package busybox-static)";
    ASSERT_EQ(read_image(fd.get(), image), 0);
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_STATIC});
    EXPECT_FALSE(image.is_foreign);
    EXPECT_STREQ(image.interpreter, "");
}

TEST(Image, OfAHandmadeProgram) {
    Image image = Elf64().image();
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC});
    EXPECT_EQ(image.machine, uint32_t{EM_X86_64});
    EXPECT_STREQ(image.interpreter, "/lib/ld.so");
}

TEST(Image, WithoutInterpreterIsStatic) {
    Elf64 elf;
    elf.segment.p_type = PT_LOAD;
    EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_STATIC});
}

// The kernel returns ENOEXEC for it.
TEST(Image, WithoutProgramHeadersIsNone) {
    Elf64 elf;
    elf.file.e_phnum = 0;
    EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_NONE});
}

TEST(Image, OfThirtyTwoBits) {
    Image image = Elf32().image();
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC});
    EXPECT_EQ(image.machine, uint32_t{EM_386});
    EXPECT_STREQ(image.interpreter, "/lib/ld.so");
}

TEST(Image, OfAnotherMachineIsForeign) {
    for (int machine : {EM_S390, EM_PPC64, EM_NONE, 0xffff}) {
        Elf64 elf;
        elf.file.e_machine = static_cast<Elf64_Half>(machine);
        Image image = elf.image();
        EXPECT_TRUE(image.is_foreign) << machine;
        EXPECT_EQ(image.machine, static_cast<uint32_t>(machine));
        EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC}) << machine;
    }
}

TEST(Image, OfTheOtherByteOrderIsReadAndForeign) {
    Elf64 elf;
    elf.file.e_ident[EI_DATA] = ELFDATA2MSB;
    elf.file.e_type = __builtin_bswap16(ET_EXEC);
    elf.file.e_machine = __builtin_bswap16(EM_S390);
    elf.file.e_phoff = __builtin_bswap64(elf.file.e_phoff);
    elf.file.e_phentsize = __builtin_bswap16(elf.file.e_phentsize);
    elf.file.e_phnum = __builtin_bswap16(1);
    elf.segment.p_type = __builtin_bswap32(PT_INTERP);
    elf.segment.p_offset = __builtin_bswap64(elf.segment.p_offset);
    elf.segment.p_filesz = __builtin_bswap64(elf.segment.p_filesz);
    Image image = elf.image();
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC});
    EXPECT_EQ(image.machine, uint32_t{EM_S390});
    EXPECT_TRUE(image.is_foreign);
    EXPECT_STREQ(image.interpreter, "/lib/ld.so");
}

// execve(2) does the same: tests/abi/exec_causes_test.c.
TEST(Image, OfItsOwnMachineIsReadWhateverItsIdentSays) {
#if defined(__x86_64__)
    for (int klass : {0, 1, 2, 7}) {
        for (int order : {0, ELFDATA2LSB, ELFDATA2MSB}) {
            Elf64 elf;
            Elf32 compat;
            for (unsigned char *ident : {elf.file.e_ident, compat.file.e_ident}) {
                ident[EI_CLASS] = static_cast<unsigned char>(klass);
                ident[EI_DATA] = static_cast<unsigned char>(order);
            }
            EXPECT_STREQ(elf.image().interpreter, "/lib/ld.so") << klass << ", " << order;
            EXPECT_STREQ(compat.image().interpreter, "/lib/ld.so") << klass << ", " << order;
            EXPECT_FALSE(elf.image().is_foreign || compat.image().is_foreign) << klass << ", " << order;
        }
    }
#else
    GTEST_SKIP() << "written for x86-64";
#endif
}

TEST(Image, ThatIsNoProgramIsNone) {
    for (int type : {ET_NONE, ET_REL, ET_CORE, 0xffff}) {
        Elf64 elf;
        elf.file.e_type = static_cast<Elf64_Half>(type);
        EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_NONE}) << type;
    }
    for (int klass : {0, 3, 255}) {
        Elf64 elf;
        elf.file.e_ident[EI_CLASS] = static_cast<unsigned char>(klass);
        elf.file.e_machine = EM_S390;
        EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_NONE}) << klass;
    }
    for (const char *bytes : {"", "#", "!", "text",
                              "\x7f"
                              "ELF",
                              "\x7f"
                              "ELF\2",
                              "MZ", " #!/bin/sh"})
        EXPECT_EQ(image_of(bytes).kind, uint32_t{EXESEAL_IMAGE_NONE}) << bytes;
}

TEST(Image, WithMoreProgramHeadersThanTheFileHoldsIsNone) {
    for (Elf64_Word first : {PT_LOAD, PT_INTERP}) {
        for (int count : {2, 0xffff}) {
            Elf64 elf;
            elf.segment.p_type = first;
            elf.file.e_phnum = static_cast<Elf64_Half>(count);
            Image image = elf.image();
            EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_NONE}) << first << ", " << count;
            EXPECT_STREQ(image.interpreter, "");
            EXPECT_EQ(image.machine, uint32_t{EM_X86_64});
        }
    }
}

TEST(Image, WithSeveralInterpretersNamesTheFirst) {
    Elf64 elf;
    elf.file.e_phnum = 2;
    elf.segment.p_offset += sizeof elf.segment;
    Elf64_Phdr second = elf.segment;
    second.p_offset++;
    elf.interpreter.insert(0, reinterpret_cast<const char *>(&second), sizeof second);
    EXPECT_STREQ(elf.image().interpreter, "/lib/ld.so");
}

TEST(Image, ThatIsDamagedTellsThatItIsForeign) {
    for (int count : {0, 1, 0xffff}) {
        for (int size : {0, 55, 56}) {
            Elf64 elf;
            elf.file.e_machine = EM_S390;
            elf.file.e_phnum = static_cast<Elf64_Half>(count);
            elf.file.e_phentsize = static_cast<Elf64_Half>(size);
            Image image = elf.image();
            EXPECT_EQ(image.kind == EXESEAL_IMAGE_NONE, count != 1 || size != 56) << count << ", " << size;
            EXPECT_TRUE(image.is_foreign) << count << ", " << size;
        }
    }
}

TEST(Image, WithProgramHeadersNowhereIsNone) {
    for (uint64_t offset : {uint64_t{1} << 32, uint64_t{INT64_MAX} - 56, uint64_t{INT64_MAX}, uint64_t{1} << 63,
                            UINT64_MAX - 56, UINT64_MAX - 55, UINT64_MAX}) {
        Elf64 elf;
        elf.file.e_phnum = 0xffff;
        elf.file.e_phoff = offset;
        EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_NONE}) << offset;
    }
}

TEST(Image, WithProgramHeadersOfAnotherSizeIsNone) {
    for (int size : {0, 1, 55, 57, 0xffff}) {
        Elf64 elf;
        elf.file.e_phentsize = static_cast<Elf64_Half>(size);
        EXPECT_EQ(elf.image().kind, uint32_t{EXESEAL_IMAGE_NONE}) << size;
    }
}

TEST(Image, WithAnInterpreterOutsideTheFileIsNone) {
    for (uint64_t offset : {uint64_t{1000}, uint64_t{INT64_MAX}, uint64_t{1} << 63, UINT64_MAX}) {
        Elf64 elf;
        elf.segment.p_offset = offset;
        Image image = elf.image();
        EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_NONE}) << offset;
        EXPECT_STREQ(image.interpreter, "") << offset;
    }
}

// fs/binfmt_elf.c, load_elf_binary: ENOEXEC unless the path has 2 bytes to PATH_MAX and ends with
// NUL.
TEST(Image, WithAnInterpreterThatTheKernelRefusesIsNone) {
    for (uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{4}, uint64_t{10}, uint64_t{12}, uint64_t{4097},
                          uint64_t{5000}, uint64_t{1} << 40, UINT64_MAX}) {
        Elf64 elf;
        elf.interpreter += std::string(5000, '\0');
        elf.interpreter[11] = 'x';
        elf.segment.p_filesz = size;
        Image image = elf.image();
        EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_NONE}) << size;
        EXPECT_STREQ(image.interpreter, "") << size;
    }
    Elf64 elf;
    elf.segment.p_filesz = 2;
    elf.interpreter = std::string("/\0", 2);
    EXPECT_STREQ(elf.image().interpreter, "/");
}

TEST(Image, WithALongInterpreterIsCut) {
    for (size_t size : {255u, 256u, 257u, 4096u}) {
        Elf64 elf;
        elf.interpreter = std::string(size - 1, 'i') + '\0';
        elf.segment.p_filesz = size;
        EXPECT_EQ(std::string(elf.image().interpreter), std::string(std::min<size_t>(size - 1, 255), 'i')) << size;
    }
}

// load_elf_phdrs accepts at most 64 KiB of program headers.
TEST(Image, WithMoreHeadersThanTheKernelTakesIsNone) {
    for (uint16_t count : {uint16_t{1170}, uint16_t{1171}, uint16_t{65535}}) {
        Elf64 elf;
        elf.file.e_phnum = count;
        elf.segment.p_offset = sizeof elf.file + count * sizeof elf.segment;
        elf.interpreter.insert(0, (count - 1) * sizeof elf.segment, '\0');
        EXPECT_EQ(elf.image().kind, count > 1170 ? uint32_t{EXESEAL_IMAGE_NONE} : uint32_t{EXESEAL_IMAGE_DYNAMIC})
            << count;
    }
}

TEST(Image, TruncatedAnywhereClaimsNothingThatIsMissing) {
    const std::string whole = Elf64().bytes();
    for (size_t size = 0; size <= whole.size(); size++) {
        Image image = image_of(whole.substr(0, size));
        uint32_t wanted = size == whole.size() ? EXESEAL_IMAGE_DYNAMIC : EXESEAL_IMAGE_NONE;
        EXPECT_EQ(image.kind, wanted) << size;
        EXPECT_TRUE(std::string_view("/lib/ld.so").starts_with(image.interpreter)) << size;
    }
}

TEST(Image, OfARealHeaderCutAnywhereIsRead) {
    const std::string whole = head_of(kDynamic, 2048);
    Elf64_Ehdr header;
    memcpy(&header, whole.data(), sizeof header);
    size_t headers = header.e_phoff + size_t{header.e_phentsize} * header.e_phnum;
    ASSERT_LT(headers, whole.size());
    Elf64_Phdr segment = {};
    for (unsigned i = 0; i < header.e_phnum && segment.p_type != PT_INTERP; i++)
        memcpy(&segment, whole.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    ASSERT_EQ(segment.p_type, Elf64_Word{PT_INTERP});
    size_t end = std::max<size_t>(headers, segment.p_offset + segment.p_filesz);
    ASSERT_LT(end, whole.size());
    for (size_t size = 0; size <= whole.size(); size++) {
        Image image = image_of(whole.substr(0, size));
        EXPECT_EQ(image.kind == EXESEAL_IMAGE_NONE, size < end) << size;
        EXPECT_TRUE(is_terminated(image));
    }
}

TEST(Image, SurvivesTwentyThousandMutations) {
    std::mt19937 random(20190211); // the date of CVE-2019-5736
    const std::string originals[] = {head_of(kDynamic, 1024), Elf64().bytes(), Elf32().bytes()};
    const unsigned char edges[] = {0, 1, 0x7f, 0x80, 0xff};
    UniqueFd fd = memfd();
    int kinds[4] = {};
    for (int round = 0; round < 20000; round++) {
        std::string bytes = originals[round % 3];
        for (unsigned changes = 1 + random() % 6; changes > 0; changes--) {
            // Mostly in the bytes that the library reads: the file header and the first program
            // headers.
            size_t at = random() % (random() % 4 == 0 ? bytes.size() : std::min<size_t>(bytes.size(), 112));
            bytes[at] = static_cast<char>(random() % 2 == 0 ? random() : edges[random() % 5]);
        }
        ASSERT_EQ(pwrite(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        ASSERT_EQ(ftruncate(fd.get(), static_cast<off_t>(bytes.size())), 0);
        Image image;
        ASSERT_EQ(read_image(fd.get(), image), 0);
        ASSERT_TRUE(is_terminated(image)) << round;
        ASSERT_LE(image.kind, uint32_t{EXESEAL_IMAGE_SCRIPT}) << round;
        kinds[image.kind]++;
    }
    // All three kinds occurred, so the mutations reached the code under test.
    EXPECT_GT(kinds[EXESEAL_IMAGE_NONE], 100);
    EXPECT_GT(kinds[EXESEAL_IMAGE_STATIC], 100);
    EXPECT_GT(kinds[EXESEAL_IMAGE_DYNAMIC], 100);
}

TEST(Image, OfAScriptNamesItsInterpreter) {
    const std::pair<std::string, const char *> scripts[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#!/bin/sh", "/bin/sh"},
        {"#! \t /bin/sh\n", "/bin/sh"},
        {"#!/usr/bin/env sh\n", "/usr/bin/env"},
        {"#!/bin/sh\t-e\n", "/bin/sh"},
        {"#!/bin/sh \n", "/bin/sh"},
        {"#!sh\n", "sh"},
        {std::string("#!/bin/sh\0/more\n", 16), "/bin/sh"},
        {"#!\n/bin/sh\n", ""},
        {"#!   ", ""},
        {"#!", ""},
        {std::string("#!\0/bin/sh", 10), ""},
    };
    for (auto &[bytes, interpreter] : scripts) {
        Image image = image_of(bytes);
        EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_SCRIPT}) << bytes;
        EXPECT_STREQ(image.interpreter, interpreter) << bytes;
        EXPECT_EQ(image.machine, 0u) << bytes;
        EXPECT_FALSE(image.is_foreign) << bytes;
    }
}

// The kernel reads 256 bytes.
TEST(Image, OfAScriptWithALongLineIsCut) {
    EXPECT_EQ(std::string(image_of("#!" + std::string(298, 'i')).interpreter), std::string(254, 'i'));
    EXPECT_STREQ(image_of("#!" + std::string(298, ' ') + "/bin/sh").interpreter, "");
}

TEST(Image, ThatCannotBeReadIsAnError) {
    Image image;
    strcpy(image.interpreter, "left over");
    EXPECT_EQ(read_image(-1, image), -EBADF);
    EXPECT_STREQ(image.interpreter, "");
    TempFile file("#!/bin/sh\n");
    UniqueFd path = file.open(O_PATH), writer = file.open(O_WRONLY);
    EXPECT_EQ(read_image(path.get(), image), -EBADF);
    EXPECT_EQ(read_image(writer.get(), image), -EBADF);
    Pipe pipe;
    EXPECT_EQ(read_image(pipe.reader.get(), image), -ESPIPE);
    UniqueFd directory(open("/", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(read_image(directory.get(), image), -EISDIR);
}

TEST(Image, LeavesThePositionAlone) {
    UniqueFd fd = memfd(Elf64().bytes());
    ASSERT_EQ(lseek(fd.get(), 10, SEEK_SET), 10);
    Image image;
    EXPECT_EQ(read_image(fd.get(), image), 0);
    EXPECT_EQ(image.kind, uint32_t{EXESEAL_IMAGE_DYNAMIC});
    EXPECT_EQ(lseek(fd.get(), 0, SEEK_CUR), 10);
}
