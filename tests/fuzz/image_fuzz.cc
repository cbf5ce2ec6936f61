// SPDX-License-Identifier: MIT
// Fuzzes the image reader through inspection and EXESEAL_EXEC_CHECK: the input is the file.
#include "fuzz.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

using namespace exeseal::fuzz;

namespace {

exeseal_info inspect(int fd) {
    exeseal_info info;
    memset(&info, 0xff, sizeof info);
    hold(exeseal_inspect(fd, &info, sizeof info) == 0, "an open descriptor can be inspected");
    return info;
}

void hold_info(const exeseal_info &info, std::string_view file) {
    std::string_view interpreter(info.interpreter, sizeof info.interpreter);
    hold(interpreter.find('\0') != interpreter.npos, "the interpreter ends in a NUL");
    hold(info.size == file.size(), "the size is the file's");
    hold(info.image <= EXESEAL_IMAGE_SCRIPT, "the kind of the image is known");
    bool is_elf = info.image == EXESEAL_IMAGE_STATIC || info.image == EXESEAL_IMAGE_DYNAMIC;
    bool has_magic = file.substr(0, 4) == "\177ELF";
    hold(has_magic || (!is_elf && info.machine == 0), "only a file with ELF's magic number has a machine");
    hold(info.image != EXESEAL_IMAGE_SCRIPT || file.substr(0, 2) == "#!", "a script begins with #!");
    bool may_have_interpreter = info.image == EXESEAL_IMAGE_DYNAMIC || info.image == EXESEAL_IMAGE_SCRIPT;
    hold(may_have_interpreter || info.interpreter[0] == '\0', "nothing else has an interpreter");
}

void hold_output_size(int fd, const exeseal_info &info) {
    Exact large(sizeof info + 8);
    hold(exeseal_inspect(fd, large.as<exeseal_info>(), large.size()) == 0, "a larger struct is accepted");
    hold(memcmp(large.as(), &info, sizeof info) == 0, "a larger struct begins with the same bytes");
    hold(large.bytes().substr(sizeof info) == std::string_view("\0\0\0\0\0\0\0\0", 8), "its rest is zero");
}

int check(int fd, uint64_t flags, exeseal_report &report) {
    char name[] = "program";
    char *argv[] = {name, nullptr};
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_CHECK | flags;
    return exeseal_exec_fd(fd, argv, nullptr, &options, sizeof options, &report, sizeof report);
}

void hold_check(int fd, uint64_t flags) {
    exeseal_report report, again;
    int result = check(fd, flags, report);
    hold(result <= 0 && result > -4096, "a check returns 0 or an errno");
    hold(check(fd, flags, again) == result && is_same(report, again), "a check gives the same answer twice");
    hold_report(report, result);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int file = memfd_create("image", MFD_CLOEXEC);
    std::string_view bytes(reinterpret_cast<const char *>(data), size);
    hold(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == static_cast<ssize_t>(size), "the file is written");
    SameDescriptors same;
    exeseal_info info = inspect(file);
    hold_info(info, bytes);
    hold(is_same(info, inspect(file)), "an inspection gives the same answer twice");
    hold_output_size(file, info);

    int clone = exeseal_clone(file, nullptr, 0, nullptr, 0);
    hold(size != 0 ? clone >= 0 : clone == -ENOEXEC, "what is not empty can be cloned");
    if (clone < 0)
        return 0;
    exeseal_info cloned = inspect(clone);
    hold_info(cloned, bytes);
    hold(cloned.image == info.image && cloned.machine == info.machine &&
             strcmp(cloned.interpreter, info.interpreter) == 0,
         "a clone has the image of its source");
    hold((cloned.guarantees & EXESEAL_GUARANTEE_SEALED) != 0, "a clone is sealed");
    hold_check(clone, 0);
    hold_check(clone, EXESEAL_EXEC_SCRIPT);
    hold_check(clone, EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE | EXESEAL_EXEC_NO_NEW_PRIVS);
    close(clone);
    return 0;
}
