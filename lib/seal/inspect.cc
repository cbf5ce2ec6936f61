// SPDX-License-Identifier: MIT
// Inspects a descriptor through the kernel and the file's header.
#include "seal/inspect.h"

#include "base/felt.h"
#include "base/image.h"
#include "base/reopen.h"
#include "base/seals.h"
#include "seal/verity.h"

#include <cerrno>
#include <cstring>

namespace exeseal {
namespace {

uint32_t type_of(const struct statx &file, int seals) {
    if (S_ISREG(file.stx_mode))
        return is_sealable_memfd(seals) ? EXESEAL_TYPE_MEMFD : EXESEAL_TYPE_FILE;
    if (S_ISDIR(file.stx_mode))
        return EXESEAL_TYPE_DIRECTORY;
    return S_ISFIFO(file.stx_mode) || S_ISSOCK(file.stx_mode) ? EXESEAL_TYPE_STREAM : EXESEAL_TYPE_OTHER;
}

uint32_t descriptor_flags(int fd, int status) {
    uint32_t flags = 0;
    if ((status & O_PATH) != 0)
        flags |= EXESEAL_INFO_PATH;
    else if ((status & O_ACCMODE) == O_RDONLY)
        flags |= EXESEAL_INFO_READ_ONLY;
    int close_on_exec = sys::fcntl(fd, F_GETFD);
    return close_on_exec > 0 && (close_on_exec & FD_CLOEXEC) != 0 ? flags | EXESEAL_INFO_CLOSE_ON_EXEC : flags;
}

uint32_t mount_flags(const struct statfs &fs) {
    return ((fs.f_flags & sys::kReadOnlyMount) != 0 ? EXESEAL_INFO_READ_ONLY_MOUNT : 0) |
           ((fs.f_flags & sys::kNoexecMount) != 0 ? EXESEAL_INFO_NOEXEC_MOUNT : 0);
}

uint32_t mode_flags(const struct statx &file) {
    return ((file.stx_mode & S_ISUID) != 0 ? EXESEAL_INFO_SETUID : 0) |
           ((file.stx_mode & S_ISGID) != 0 ? EXESEAL_INFO_SETGID : 0);
}

// Reads what only the file's bytes and attributes show.
void look_inside(int readable, exeseal_info &info) {
    if (sys::fgetxattr_size(readable, "security.capability") >= 0)
        info.flags |= EXESEAL_INFO_CAPABILITIES;
    Image image;
    if (read_image(readable, image) < 0) {
        info.flags |= EXESEAL_INFO_UNREAD;
        return;
    }
    info.image = image.kind;
    info.machine = image.machine;
    info.flags |= image.is_foreign ? EXESEAL_INFO_FOREIGN : 0;
    memcpy(info.interpreter, image.interpreter, sizeof info.interpreter);
    if (image.kind == EXESEAL_IMAGE_SCRIPT) // the kernel executes the interpreter, from a path
        info.guarantees &= ~(EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK);
}

} // namespace

int inspect(int fd, exeseal_info &info) {
    info = {};
    int status = fd < 0 ? -EBADF : sys::fcntl(fd, F_GETFL);
    if (status < 0)
        return status;
    struct statx file;
    if (int error = sys::statx(fd, "", AT_EMPTY_PATH, file); error < 0)
        return error;
    struct statfs fs;
    if (sys::fstatfs(fd, fs) < 0)
        fs = {};
    info.flags = descriptor_flags(fd, status) | mount_flags(fs);
    info.permissions = file.stx_mode & 07777;
    info.type = type_of(file, -ENODATA);
    if (info.type != EXESEAL_TYPE_FILE)
        return 0;

    info.flags |= mode_flags(file);
    info.size = file.stx_size;
    UniqueFd reopened; // O_PATH and write-only descriptors cannot be read, and do not report seals
    bool is_readable = (status & O_PATH) == 0 && (status & O_ACCMODE) != O_WRONLY;
    if (!is_readable && (felt_by_host(fd).anything() || Procfs().reopen(fd, file, reopened) < 0)) {
        info.flags |= EXESEAL_INFO_UNREAD;
        return 0;
    }
    int readable = is_readable ? fd : reopened.get();
    int seals = get_seals(readable);
    info.type = type_of(file, seals);
    if (info.type == EXESEAL_TYPE_MEMFD) {
        info.seals = static_cast<uint32_t>(seals);
        info.guarantees = memfd_guarantees(seals, info.permissions);
    }
    if (measure_verity(readable, file, fs.f_type, info.digest) == 0) {
        info.flags |= EXESEAL_INFO_VERITY;
        info.guarantees |= verity_holds(fs.f_type) ? kVerityGuarantees : 0;
    }
    look_inside(readable, info);
    return 0;
}

// The descriptor is exeseal's own, so its flags are not the program's.
int inspect_self(exeseal_info &info) {
    UniqueFd running;
    info = {};
    int error = Procfs().open_running(running);
    if (error == 0)
        error = inspect(running.get(), info);
    info.flags &= ~(EXESEAL_INFO_READ_ONLY | EXESEAL_INFO_CLOSE_ON_EXEC);
    return error;
}

} // namespace exeseal
