// SPDX-License-Identifier: MIT
// Decides what to do after execveat(2) failed.
#include "launch/next_exec.h"

#include "base/errno_class.h"

#include <cerrno>

namespace exeseal {
// may_be_filtered: execveat(2) is missing, or a seccomp filter allows only execve(2).
bool is_about_image(int error) {
    return may_be_filtered(error) || error == -ENOENT || error == -ENOEXEC || error == -ENOTDIR;
}

bool is_opened_by_another(const Image &image, int error) {
    if (image.kind == EXESEAL_IMAGE_SCRIPT || image.is_foreign)
        return true;
    return image.kind == EXESEAL_IMAGE_NONE && error == -ENOENT;
}

NextExec next_exec(int error, const Image &image, bool may_be_inherited) {
    if (!is_about_image(error))
        return NextExec::Return;
    if (!is_opened_by_another(image, error))
        return may_be_filtered(error) ? NextExec::TryPath : NextExec::Explain;
    if (error == -ENOEXEC)
        return NextExec::Explain;
    if (!may_be_inherited)
        return NextExec::ExplainUnreadable;
    // ENOTDIR concerns the path of the interpreter, so execve(2) of a path would fail the same way.
    return error == -ENOTDIR ? NextExec::Explain : NextExec::TryPathInherited;
}

} // namespace exeseal
