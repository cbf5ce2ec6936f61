// SPDX-License-Identifier: MIT
// What follows when execveat(2) has failed: whether to try a path, and which errno to explain.
#pragma once

#include "base/image.h"

namespace exeseal {

enum class NextExec {
    Return,            // the errno says all there is to say
    Explain,           // look for the errno's cause in the image
    ExplainUnreadable, // another program is to open this one, and cannot
    TryPath,           // execve(2) of /proc/thread-self/fd/N, then explain
    TryPathInherited,  // the same, and the program's descriptor is inherited
};

// Whether the errno may have its cause in the image, which costs a look at the file.
bool is_about_image(int error);

// Whether another program opens this one by its descriptor and so must inherit that: a script's interpreter, or the
// emulator that binfmt_misc starts. If the file is neither ELF nor a script, ENOENT says that binfmt_misc knows it.
bool is_opened_by_another(const Image &image, int error);

// error: -errno of execveat(2). may_be_inherited: it counts only for what another program opens.
NextExec next_exec(int error, const Image &image, bool may_be_inherited);

} // namespace exeseal
