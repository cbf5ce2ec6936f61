// SPDX-License-Identifier: MIT
// What to do after execveat(2) failed: try a path, explain the errno, or return it.
#pragma once

#include "base/image.h"

namespace exeseal {

enum class NextExec {
    Return,            // the errno needs no explanation
    Explain,           // find the cause of the errno in the image
    ExplainUnreadable, // another program must open this one, but cannot
    TryPath,           // execve(2) /proc/thread-self/fd/N; if it fails, explain
    TryPathInherited,  // the same, and the program inherits the descriptor
};

// Whether the image may explain the errno. Only then is it worth reading.
bool is_about_image(int error);

// Whether another program opens this one by its descriptor, and so must inherit it: the interpreter
// of a script, or the emulator that binfmt_misc starts. If the file is neither ELF nor a script,
// ENOENT means that binfmt_misc has an entry for it.
bool is_opened_by_another(const Image &image, int error);

// error: -errno of execveat(2). may_be_inherited: matters only if is_opened_by_another.
NextExec next_exec(int error, const Image &image, bool may_be_inherited);

} // namespace exeseal
