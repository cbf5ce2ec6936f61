// SPDX-License-Identifier: MIT
#include "commands.h"
#include "message.h"
#include "text.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>

namespace exeseal_tool {
namespace {

struct Flag {
    uint32_t bit;
    const char *name;
};

constexpr Flag kSeals[] = {{F_SEAL_SEAL, "seal"},   {F_SEAL_SHRINK, "shrink"}, {F_SEAL_GROW, "grow"},
                           {F_SEAL_WRITE, "write"}, {0x10, "future-write"},    {0x20, "exec"}};
constexpr Flag kDescriptor[] = {
    {EXESEAL_INFO_READ_ONLY, "read-only"}, {EXESEAL_INFO_PATH, "path"}, {EXESEAL_INFO_CLOSE_ON_EXEC, "close-on-exec"}};
constexpr Flag kMount[] = {{EXESEAL_INFO_READ_ONLY_MOUNT, "read-only"}, {EXESEAL_INFO_NOEXEC_MOUNT, "noexec"}};
constexpr Flag kPrivileges[] = {
    {EXESEAL_INFO_SETUID, "setuid"}, {EXESEAL_INFO_SETGID, "setgid"}, {EXESEAL_INFO_CAPABILITIES, "file-capabilities"}};
constexpr const char *kTypes[] = {"unknown", "file", "memfd", "directory", "stream", "other"};
constexpr const char *kImages[] = {"none", "static", "dynamic", "script"};

// With is_partial, there may be others.
template <size_t N> void print_flags(const char *label, uint32_t set, const Flag (&flags)[N], bool is_partial = false) {
    printf("%s:", label);
    bool any = false;
    for (const Flag &flag : flags) {
        if ((set & flag.bit) == 0)
            continue;
        printf("%s%s", any ? "," : " ", flag.name);
        any = true;
    }
    if (!any)
        fputs(is_partial ? " unknown" : " none", stdout);
    putchar('\n');
}

template <size_t N> const char *at(const char *const (&names)[N], uint32_t index) {
    return index < N ? names[index] : "unknown";
}

void print_guarantees(uint64_t guarantees) {
    printf("guarantees:");
    const char *separator = " ";
    for (uint32_t bit = 0; const char *name = exeseal_guarantee_name(bit); bit++) {
        if ((guarantees >> bit & 1) != 0) {
            printf("%s%s", separator, name);
            separator = ",";
        }
    }
    puts(guarantees == 0 ? " none" : "");
}

void print_interpreter(const char *text) {
    printf("interpreter: ");
    print_printable(stdout, text, strlen(text));
    putchar('\n');
}

// As fsverity(1) does it.
void print_digest(const exeseal_digest &digest) {
    constexpr const char *kAlgorithms[] = {"none", "sha256", "sha512"};
    printf("fs-verity: %s:", at(kAlgorithms, digest.algorithm));
    for (uint32_t i = 0; i < digest.size && i < sizeof digest.value; i++)
        printf("%02x", digest.value[i]);
    putchar('\n');
}

void print_privileges(const exeseal_info &info) {
    print_flags("privileges", info.flags, kPrivileges, (info.flags & EXESEAL_INFO_UNREAD) != 0);
}

void print_info(const exeseal_info &info, bool is_own_descriptor) {
    printf("type: %s\n", at(kTypes, info.type));
    printf("size: %llu\n", static_cast<unsigned long long>(info.size));
    printf("permissions: %04o\n", info.permissions);
    print_flags("seals", info.seals, kSeals);
    if (is_own_descriptor)
        print_flags("descriptor", info.flags, kDescriptor);
    print_flags("mount", info.flags, kMount);
    print_privileges(info);
    bool is_unread = (info.flags & EXESEAL_INFO_UNREAD) != 0;
    printf("image: %s%s\n", is_unread ? "unknown" : at(kImages, info.image),
           (info.flags & EXESEAL_INFO_FOREIGN) != 0 ? ", foreign" : "");
    if (info.machine != 0)
        printf("machine: %u\n", info.machine);
    if (info.interpreter[0] != '\0')
        print_interpreter(info.interpreter);
    if (info.digest.algorithm != 0)
        print_digest(info.digest);
    print_guarantees(info.guarantees);
}

bool is_number(const char *text) {
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

int parse_descriptor(const char *text) {
    errno = 0;
    long number = is_number(text) ? strtol(text, nullptr, 10) : -1;
    return errno != 0 || number < 0 || number > INT_MAX ? -1 : static_cast<int>(number);
}

int inspect_descriptor(const char *object, int fd, bool is_own) {
    exeseal_info info;
    if (int error = exeseal_inspect(fd, &info, sizeof info); error < 0) {
        complain(object, strerror(-error));
        return kFailed;
    }
    print_info(info, is_own);
    return 0;
}

// O_PATH: looking at a FIFO or a device must not open it.
int inspect_path(const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        return inspect_descriptor(path, fd, false);
    int error = errno;
    complain(path, strerror(error));
    return error == ENOENT ? kNotFound : kFailed;
}

} // namespace

int inspect(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--fd") == 0)
        return inspect_descriptor(argv[2], parse_descriptor(argv[2]), true);
    if (argc == 3 && strcmp(argv[1], "--") == 0)
        return inspect_path(argv[2]);
    if (argc != 2 || argv[1][0] == '-') {
        complain("inspect", "takes one PATH, PID or --fd N; see exeseal --help");
        return kFailed;
    }
    if (!is_number(argv[1]))
        return inspect_path(argv[1]);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%s/exe", argv[1]);
    return inspect_path(path);
}

} // namespace exeseal_tool
