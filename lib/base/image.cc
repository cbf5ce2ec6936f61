// SPDX-License-Identifier: MIT
// Reads a program's ELF header or its "#!" line.
#include "base/image.h"

#include "base/felt.h"
#include "base/reopen.h"

#include <bit>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <elf.h>

namespace exeseal {
namespace {

// This library's architecture, and the 32-bit architecture whose programs most of its kernels run
// too.
#if defined(__x86_64__)
constexpr uint32_t kOwnMachine = EM_X86_64, kCompatMachine = EM_386;
#elif defined(__i386__)
constexpr uint32_t kOwnMachine = EM_386, kCompatMachine = kOwnMachine;
#elif defined(__aarch64__)
constexpr uint32_t kOwnMachine = EM_AARCH64, kCompatMachine = EM_ARM;
#elif defined(__arm__)
constexpr uint32_t kOwnMachine = EM_ARM, kCompatMachine = kOwnMachine;
#elif defined(__riscv)
constexpr uint32_t kOwnMachine = EM_RISCV, kCompatMachine = kOwnMachine;
#elif defined(__powerpc64__)
constexpr uint32_t kOwnMachine = EM_PPC64, kCompatMachine = EM_PPC;
#elif defined(__s390x__)
constexpr uint32_t kOwnMachine = EM_S390, kCompatMachine = kOwnMachine;
#elif defined(__loongarch__)
// EM_LOONGARCH, which older headers lack
constexpr uint32_t kOwnMachine = 258, kCompatMachine = kOwnMachine;
#elif defined(__mips__)
constexpr uint32_t kOwnMachine = EM_MIPS, kCompatMachine = kOwnMachine;
#else
#error "name this architecture's e_machine here"
#endif

constexpr unsigned char kOwnOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
// BINPRM_BUF_SIZE: the kernel reads at most this much of a "#!" line
constexpr size_t kScriptLine = 256;

// Returns the number of bytes read, or -errno if none could be read.
ssize_t read_at(int fd, void *buffer, size_t size, uint64_t offset) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = sys::pread(fd, static_cast<char *>(buffer) + done, size - done, offset + done);
        if (got < 0 && done == 0)
            return got;
        if (got <= 0)
            break;
        done += static_cast<size_t>(got);
    }
    return static_cast<ssize_t>(done);
}

template <typename Whole> bool read_whole(int fd, Whole &whole, uint64_t offset) {
    return offset <= INT64_MAX && read_at(fd, &whole, sizeof whole, offset) == static_cast<ssize_t>(sizeof whole);
}

template <typename Number> Number swap_bytes(Number number) {
    Number swapped = 0;
    for (size_t i = 0; i < sizeof number; i++) {
        Number byte = (number >> (8 * i)) & 0xff;
        swapped = static_cast<Number>((swapped << 8) | byte);
    }
    return swapped;
}

// Converts numbers from the file's byte order.
struct Order {
    bool is_foreign;
    template <typename Number> Number operator()(Number number) const {
        return is_foreign ? swap_bytes(number) : number;
    }
};

// The limits of fs/binfmt_elf.c, load_elf_binary: 2 bytes to PATH_MAX, the last one NUL.
bool read_interpreter(int fd, uint64_t offset, uint64_t size, Image &image) {
    char last;
    if (size < 2 || size > PATH_MAX || offset > INT64_MAX - PATH_MAX || !read_whole(fd, last, offset + size - 1) ||
        last != '\0')
        return false;
    size_t wanted = size < sizeof image.interpreter ? static_cast<size_t>(size) : sizeof image.interpreter - 1;
    if (read_at(fd, image.interpreter, wanted, offset) < 0)
        return false;
    image.interpreter[wanted] = '\0';
    return true;
}

void forget_program(Image &image) {
    image.kind = EXESEAL_IMAGE_NONE;
    memset(image.interpreter, 0, sizeof image.interpreter);
}

template <typename FileHeader, typename ProgramHeader> void read_elf(int fd, Order order, Image &image) {
    FileHeader file;
    if (!read_whole(fd, file, 0))
        return;
    uint16_t type = order(file.e_type);
    if (type != ET_EXEC && type != ET_DYN)
        return;
    image.machine = order(file.e_machine);
    image.is_foreign = (image.machine != kOwnMachine && image.machine != kCompatMachine) || order.is_foreign;
    // fs/binfmt_elf.c, load_elf_phdrs
    constexpr unsigned kMostHeaders = 65536 / sizeof(ProgramHeader);
    if (order(file.e_phentsize) != sizeof(ProgramHeader) || file.e_phnum == 0 || order(file.e_phnum) > kMostHeaders)
        return;
    image.kind = EXESEAL_IMAGE_STATIC;
    uint64_t offset = order(file.e_phoff);
    for (unsigned i = 0; i < order(file.e_phnum); i++, offset += sizeof(ProgramHeader)) {
        ProgramHeader segment;
        if (!read_whole(fd, segment, offset))
            return forget_program(image); // truncated
        if (order(segment.p_type) != PT_INTERP || image.kind == EXESEAL_IMAGE_DYNAMIC)
            continue; // the first of several counts
        image.kind = EXESEAL_IMAGE_DYNAMIC;
        if (!read_interpreter(fd, order(segment.p_offset), order(segment.p_filesz), image))
            return forget_program(image);
    }
}

// The byte order and class by which the headers are read.
struct Form {
    Order order;
    int elf_class;
};

// If the 64-bit and the 32-bit architecture have different machine numbers, Linux checks e_machine
// alone, in its own byte order (elf_check_arch and compat_elf_check_arch of these architectures),
// and ignores the class and byte order in e_ident.
Form form_of(const char (&head)[kScriptLine], size_t size) {
    constexpr size_t kMachine = offsetof(Elf64_Ehdr, e_machine), kEntrySize = offsetof(Elf64_Ehdr, e_phentsize);
    Form said = {{head[EI_DATA] != kOwnOrder}, head[EI_CLASS]};
    uint16_t machine, entry_size;
    if (kOwnMachine == kCompatMachine || size < kEntrySize + sizeof entry_size)
        return said;
    memcpy(&machine, head + kMachine, sizeof machine);
    memcpy(&entry_size, head + kEntrySize, sizeof entry_size);
    if (machine == kCompatMachine)
        return {{false}, ELFCLASS32};
    // x32 has the machine number of x86-64, but program headers (e_phentsize) of 32-bit size. For
    // such a file the class in e_ident decides.
    return machine == kOwnMachine && entry_size == sizeof(Elf64_Phdr) ? Form{{false}, ELFCLASS64} : said;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

void read_script(const char *line, size_t size, Image &image) {
    image.kind = EXESEAL_IMAGE_SCRIPT;
    size_t first = 2, length = 0;
    while (first < size && is_blank(line[first]))
        first++;
    while (first + length < size && length + 1 < sizeof image.interpreter) {
        char c = line[first + length];
        if (is_blank(c) || c == '\n' || c == '\0')
            break;
        image.interpreter[length++] = c;
    }
    image.interpreter[length] = '\0';
}

} // namespace

int read_image(int fd, Image &image) {
    image = {};
    char head[kScriptLine];
    ssize_t got = read_at(fd, head, sizeof head, 0);
    if (got < 0)
        return static_cast<int>(got);
    size_t size = static_cast<size_t>(got);
    if (size >= 2 && head[0] == '#' && head[1] == '!') {
        read_script(head, size, image);
    } else if (size > EI_DATA && memcmp(head, ELFMAG, SELFMAG) == 0) {
        Form form = form_of(head, size);
        if (form.elf_class == ELFCLASS64)
            read_elf<Elf64_Ehdr, Elf64_Phdr>(fd, form.order, image);
        else if (form.elf_class == ELFCLASS32)
            read_elf<Elf32_Ehdr, Elf32_Phdr>(fd, form.order, image);
    }
    return 0;
}

void look_at_image(int fd, Image &image) {
    if (read_image(fd, image) != -EBADF)
        return;
    struct statx file;
    UniqueFd readable;
    if (sys::statx(fd, "", AT_EMPTY_PATH, file) == 0 && S_ISREG(file.stx_mode) && !felt_by_host(fd).anything() &&
        Procfs().reopen(fd, file, readable) == 0)
        read_image(readable.get(), image);
}

} // namespace exeseal
