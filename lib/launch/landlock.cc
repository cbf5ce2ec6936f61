// SPDX-License-Identifier: MIT
// Restricts this thread by Landlock to executing one program and its ELF interpreter.
#include "launch/landlock.h"

#include "base/fd.h"
#include "base/image.h"
#include "launch/sys.h"

#include <cerrno>
#include <cstring>

namespace exeseal {
namespace {

// Adds a rule that allows executing `file`. A memfd needs no rule: Landlock rejects it with EBADFD
// because its mount is internal, and does not restrict executing it.
int allow(int ruleset, int file) {
    int error = sys::landlock_add_rule_execute(ruleset, file);
    return error == -EBADFD ? 0 : error;
}

// Allows the ELF interpreter. Libraries need no rule: they are mapped, which Landlock does not
// restrict.
//
// If the interpreter is missing or not a regular file, no rule is added, and execve(2) reports the
// error. A rule for a directory would allow every file below it, and the image could name any
// directory. A truncated path is rejected because it may name another file than the kernel opens.
int allow_interpreter(int ruleset, const char (&path)[sizeof Image::interpreter]) {
    if (strlen(path) + 1 == sizeof path)
        return -ENAMETOOLONG;
    UniqueFd interpreter;
    struct statx file;
    int error = interpreter.take(sys::openat(AT_FDCWD, path, O_PATH | O_CLOEXEC));
    if (error == -ENOENT || error == -ENOTDIR || error == -EACCES)
        return 0;
    if (error >= 0)
        error = sys::statx(interpreter.get(), "", AT_EMPTY_PATH, file);
    if (error < 0)
        return error;
    return S_ISREG(file.stx_mode) ? allow(ruleset, interpreter.get()) : 0;
}

Obstacle make_ruleset(int fd, UniqueFd &ruleset) {
    if (int error = ruleset.take(sys::landlock_create_ruleset_execute()); error < 0)
        return error;
    Image image;
    look_at_image(fd, image);
    if (image.kind == EXESEAL_IMAGE_SCRIPT)
        return {-EINVAL, "a script"};
    if (int error = allow(ruleset.get(), fd); error < 0)
        return {error, "program"};
    if (image.kind == EXESEAL_IMAGE_DYNAMIC)
        if (int error = allow_interpreter(ruleset.get(), image.interpreter); error < 0)
            return {error, "interpreter"};
    return {};
}

} // namespace

Obstacle check_restriction(int fd) {
    UniqueFd ruleset;
    return make_ruleset(fd, ruleset);
}

Obstacle restrict_execution(int fd) {
    UniqueFd ruleset;
    if (Obstacle obstacle = make_ruleset(fd, ruleset))
        return obstacle;
    return {sys::landlock_restrict_self(ruleset.get()), "no_new_privs"};
}

} // namespace exeseal
