// SPDX-License-Identifier: MIT
// The command `exeseal inspect`: prints what the kernel reports about a file or descriptor.
#include "command.h"
#include "forms.h"
#include "message.h"
#include "text.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <getopt.h>

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
constexpr Flag kMachines[] = {{EM_386, "x86"},       {EM_X86_64, "x86-64"}, {EM_ARM, "arm"},
                              {EM_AARCH64, "arm64"}, {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"},
                              {EM_S390, "s390x"},    {EM_MIPS, "mips"},     {258, "loongarch"}};
constexpr const char *kTypes[] = {"unknown", "file", "memfd", "directory", "stream", "other"};
constexpr const char *kImages[] = {"none", "static", "dynamic", "script"};

template <size_t N> const char *at(const char *const (&names)[N], uint32_t index) {
    return index < N ? names[index] : "unknown";
}

template <size_t N> bool has_any(uint32_t set, const Flag (&flags)[N]) {
    for (const Flag &flag : flags)
        if ((set & flag.bit) != 0)
            return true;
    return false;
}

bool is_unread(const exeseal_info &info) {
    return (info.flags & EXESEAL_INFO_UNREAD) != 0;
}

// Prints nothing if no flag is set, because "none" would read like a failure.
template <size_t N> void print_flags(const char *label, uint32_t set, const Flag (&flags)[N]) {
    if (!has_any(set, flags))
        return;
    printf("%s:", label);
    const char *separator = " ";
    for (const Flag &flag : flags) {
        if ((set & flag.bit) == 0)
            continue;
        printf("%s%s", separator, flag.name);
        separator = ",";
    }
    putchar('\n');
}

// An unknown machine is shown by its number in the ELF header.
struct MachineName {
    char text[16];

    explicit MachineName(uint32_t machine) {
        const char *name = nullptr;
        for (const Flag &known : kMachines)
            if (known.bit == machine)
                name = known.name;
        if (name != nullptr)
            snprintf(text, sizeof text, "%s", name);
        else
            snprintf(text, sizeof text, "%u", machine);
    }
};

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

void print_info(const exeseal_info &info, bool is_own_descriptor) {
    printf("type: %s\n", at(kTypes, info.type));
    printf("size: %llu\n", static_cast<unsigned long long>(info.size));
    printf("permissions: %04o\n", info.permissions);
    print_flags("seals", info.seals, kSeals);
    if (is_own_descriptor)
        print_flags("descriptor", info.flags, kDescriptor);
    print_flags("mount", info.flags, kMount);
    if (is_unread(info) && !has_any(info.flags, kPrivileges))
        puts("privileges: unknown");
    print_flags("privileges", info.flags, kPrivileges);
    printf("image: %s%s\n", is_unread(info) ? "unknown" : at(kImages, info.image),
           (info.flags & EXESEAL_INFO_FOREIGN) != 0 ? ", foreign" : "");
    if (info.machine != 0)
        printf("machine: %s\n", MachineName(info.machine).text);
    if (info.interpreter[0] != '\0')
        print_interpreter(info.interpreter);
    if (info.digest.algorithm != 0)
        printf("fs-verity: %s\n", DigestText(info.digest).text);
    print_guarantees(info.guarantees);
}

template <size_t N> void write_flags(Json &json, const char *key, uint32_t set, const Flag (&flags)[N]) {
    json.begin_array(key);
    for (const Flag &flag : flags)
        if ((set & flag.bit) != 0)
            json.string(nullptr, flag.name);
    json.end_array();
}

void write_info(const exeseal_info &info, bool is_own_descriptor) {
    char permissions[8];
    snprintf(permissions, sizeof permissions, "%04o", info.permissions & 07777);
    Json json(stdout);
    json.begin_object();
    json.string("type", at(kTypes, info.type));
    json.number("size", static_cast<int64_t>(info.size));
    json.string("permissions", permissions);
    write_flags(json, "seals", info.seals, kSeals);
    if (is_own_descriptor)
        write_flags(json, "descriptor", info.flags, kDescriptor);
    else
        json.string("descriptor", nullptr);
    write_flags(json, "mount", info.flags, kMount);
    write_flags(json, "privileges", info.flags, kPrivileges);
    json.boolean("unread", is_unread(info));
    json.string("image", is_unread(info) ? nullptr : at(kImages, info.image));
    json.boolean("foreign", (info.flags & EXESEAL_INFO_FOREIGN) != 0);
    json.number("machine", info.machine);
    json.string("interpreter", or_null(info.interpreter));
    json.string("digest", or_null(DigestText(info.digest).text));
    write_guarantees(json, info.guarantees);
    json.end_object();
}

bool is_number(const char *text) {
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bool parse_descriptor(const char *text, int &fd) {
    errno = 0;
    long number = is_number(text) ? strtol(text, nullptr, 10) : -1;
    fd = static_cast<int>(number);
    return errno == 0 && number >= 0 && number <= INT_MAX;
}

struct Request {
    bool wants_json = false;
    bool is_descriptor = false;
    int fd = -1;
    const char *object = nullptr;
};

int inspect_descriptor(const Request &request, int fd) {
    exeseal_info info;
    if (int error = exeseal_inspect(fd, &info, sizeof info); error < 0) {
        complain(request.object, strerror(-error));
        return kFailed;
    }
    if (request.wants_json)
        write_info(info, request.is_descriptor);
    else
        print_info(info, request.is_descriptor);
    return 0;
}

// O_PATH, since opening a FIFO or a device may have an effect.
int inspect_path(const Request &request, const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        return inspect_descriptor(request, fd);
    int error = errno;
    complain(path, strerror(error));
    return error == ENOENT ? kNotFound : kFailed;
}

int inspect_process(const Request &request) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%s/exe", request.object);
    return inspect_path(request, path);
}

// After "--", an operand that consists of digits is a path.
int inspect_operand(const Request &request, bool may_be_process) {
    if (may_be_process && is_number(request.object))
        return inspect_process(request);
    return inspect_path(request, request.object);
}

bool set_descriptor(void *request, const char *text) {
    Request &inspected = *static_cast<Request *>(request);
    inspected.is_descriptor = true;
    inspected.object = text;
    if (parse_descriptor(text, inspected.fd))
        return true;
    complain(text, "a descriptor is a number");
    return false;
}

bool set_json(void *request, const char *) {
    return static_cast<Request *>(request)->wants_json = true;
}

int inspect(int argc, char **argv) {
    Request request;
    if (std::optional<int> status = parse_options(inspect_command, argc, argv, &request))
        return *status;
    if (argc - optind != (request.is_descriptor ? 0 : 1))
        return complain_of_operands(inspect_command, "one PATH, PID or --fd N is required");
    if (request.is_descriptor)
        return inspect_descriptor(request, request.fd);
    request.object = argv[optind];
    return inspect_operand(request, strcmp(argv[optind - 1], "--") != 0);
}

constexpr Option kOptions[] = {
    {"fd", "N", "Inspect the open file descriptor N, which exeseal has inherited.", set_descriptor},
    {"json", nullptr, "Print the result as a JSON object.", set_json},
};
constexpr OptionGroup kGroups[] = {{"Options", kOptions}};

} // namespace

constinit const Command inspect_command = {
    "inspect",
    "[OPTION...] [--] PATH|PID\n[OPTION...] --fd N",
    "Print what the kernel reports about a file, a process or a descriptor.",
    "Prints the type, size, permissions, seals, mount flags, image, fs-verity digest and guarantees of a file, of the "
    "program that a process runs, or of an open descriptor. An operand that consists of digits is a PID; write ./N for "
    "a file of such a name. A property that the object does not have is omitted.",
    kGroups,
    inspect};

} // namespace exeseal_tool
