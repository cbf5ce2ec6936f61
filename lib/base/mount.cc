// SPDX-License-Identifier: MIT
// Creates detached mounts, among them a procfs.
#include "base/mount.h"

namespace exeseal {

int Filesystem::open(const char *type) {
    int result = context_.take(sys::fsopen(type));
    return result < 0 ? result : 0;
}

int Filesystem::set(const char *key, const char *value) {
    return sys::fsconfig(context_.get(), sys::Fsconfig::SetString, key, value);
}

int Filesystem::set(const char *key, int fd) {
    return sys::fsconfig(context_.get(), sys::Fsconfig::SetFd, key, nullptr, fd);
}

int Filesystem::create() {
    return sys::fsconfig(context_.get(), sys::Fsconfig::Create);
}

int Filesystem::mount(unsigned attributes, UniqueFd &root) {
    int result = root.take(sys::fsmount(context_.get(), attributes));
    return result < 0 ? result : 0;
}

int Filesystem::make_read_only() {
    int error = sys::fsconfig(context_.get(), sys::Fsconfig::SetFlag, "ro");
    return error < 0 ? error : sys::fsconfig(context_.get(), sys::Fsconfig::Reconfigure);
}

int mount_procfs(UniqueFd &root) {
    Filesystem procfs;
    int error = procfs.open("proc");
    if (error == 0)
        error = procfs.create();
    return error < 0 ? error : procfs.mount(sys::kMountNosuid | sys::kMountNodev | sys::kMountNoexec, root);
}

} // namespace exeseal
