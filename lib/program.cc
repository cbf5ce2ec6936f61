// SPDX-License-Identifier: MIT
// Finds the file that this process was started from, and names its thread.
#include "program.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

namespace exeseal {
namespace {

constexpr std::string_view kMemfd = "/memfd:", kDeleted = " (deleted)";

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && memcmp(text.data() + text.size() - end.size(), end.data(), end.size()) == 0;
}

std::string_view without_deleted(std::string_view text) {
    if (ends_with(text, kDeleted))
        text.remove_suffix(kDeleted.size());
    return text;
}

// Returns -1 for text that is not a number, or is too long for a descriptor.
int parse_number(std::string_view digits) {
    int number = 0;
    if (digits.empty() || digits.size() > 9)
        return -1;
    for (char digit : digits) {
        if (digit < '0' || digit > '9')
            return -1;
        number = number * 10 + (digit - '0');
    }
    return number;
}

} // namespace

FileLink::FileLink(Procfs &procfs, int fd) {
    if (procfs.read_fd_link(fd, text, sizeof text) < 0)
        text[0] = '\0';
}

bool FileLink::is_deleted_file() const {
    return ends_with(text, kDeleted) && !begins_with(text, kMemfd);
}

// AT_EXECFN is "/dev/fd/3" after execveat(2), and "/proc/thread-self/fd/3" if that was filtered.
int started_from() {
    const char *path = reinterpret_cast<const char *>(getauxval(AT_EXECFN));
    std::string_view started = path != nullptr ? path : "";
    for (std::string_view directory : {"/dev/fd/", "/proc/thread-self/fd/"})
        if (begins_with(started, directory)) {
            started.remove_prefix(directory.size());
            return parse_number(started);
        }
    return -1;
}

// Compares the file's program headers with those that the kernel, or a loader in its place, passed
// to the running program.
int check_own_file(int fd) {
    const char *own = reinterpret_cast<const char *>(getauxval(AT_PHDR));
    size_t left = getauxval(AT_PHNUM) * sizeof(ElfW(Phdr));
    ElfW(Ehdr) header;
    ssize_t got = sys::pread(fd, &header, sizeof header, 0);
    if (got < 0)
        return static_cast<int>(got);
    if (static_cast<size_t>(got) != sizeof header || own == nullptr || left != header.e_phnum * sizeof(ElfW(Phdr)))
        return -EOPNOTSUPP;
    char bytes[512];
    for (uint64_t offset = header.e_phoff; left != 0;) {
        got = sys::pread(fd, bytes, std::min(left, sizeof bytes), offset);
        if (got <= 0 || memcmp(bytes, own, static_cast<size_t>(got)) != 0)
            return got < 0 ? static_cast<int>(got) : -EOPNOTSUPP;
        offset += static_cast<uint64_t>(got);
        own += got;
        left -= static_cast<size_t>(got);
    }
    return 0;
}

void name_thread(Procfs &procfs, int fd, const char *argv0) {
    int number = started_from();
    char current[sys::kThreadName], wanted[sys::kThreadName];
    if (number < 0 || sys::prctl_get_name(current) < 0)
        return;
    FileLink link(procfs, fd);
    std::string_view file = without_deleted(link.text), name = last_component(argv0);
    if (begins_with(file, kMemfd)) {
        file.remove_prefix(1);
        name = file;
        name.remove_prefix(kMemfd.size() - 1);
    } else {
        file = last_component(file);
    }
    if (name.empty() || (parse_number(current) != number && !begins_with(file, current)))
        return;
    Text(wanted, sizeof wanted) << name;
    sys::prctl_set_name(wanted);
}

} // namespace exeseal
