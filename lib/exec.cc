// SPDX-License-Identifier: MIT
#include "exec.h"

#include "close_others.h"
#include "image.h"
#include "reopen.h"
#include "report.h"

namespace exeseal {
namespace {

struct Execution {
    int fd;
    char *const *argv;
    char *const *envp;
    const exeseal_exec_options &options;
    exeseal_report &report;

    bool wants(uint64_t flag) const { return (options.flags & flag) != 0; }

    // -errno, kept in the report.
    int fail(const Failure &failure) const {
        record(report, EXESEAL_STRATEGY_NONE, failure);
        return -failure.error;
    }
};

bool is_close_on_exec(int fd) {
    return (sys::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

// The descriptor without close-on-exec where that is wanted, for as long as this lives.
class Inherited {
  public:
    Inherited(int fd, bool is_wanted) : fd_(fd), flags_(is_wanted ? sys::fcntl(fd, F_GETFD) : -1) { set(0); }
    ~Inherited() { set(flags_); }
    Inherited(const Inherited &) = delete;
    Inherited &operator=(const Inherited &) = delete;

  private:
    void set(int flags) {
        if (flags_ >= 0)
            sys::fcntl(fd_, F_SETFD, flags);
    }

    int fd_, flags_;
};

// Its interpreter, or the emulator that binfmt_misc starts for it, opens the program by the descriptor and so must
// inherit it.
bool is_opened_by_another(const Image &image) {
    return image.kind == EXESEAL_IMAGE_SCRIPT || image.is_foreign;
}

bool cannot_be_opened(const Execution &execution, const Image &image) {
    return is_opened_by_another(image) && !execution.wants(EXESEAL_EXEC_SCRIPT) && is_close_on_exec(execution.fd);
}

// An O_PATH descriptor is executed as it is, but not read.
void look_at_image(int fd, Image &image) {
    if (read_image(fd, image) != -EBADF)
        return;
    struct statx file;
    UniqueFd readable;
    if (sys::statx(fd, "", AT_EMPTY_PATH, file) == 0 && S_ISREG(file.stx_mode) &&
        Procfs().reopen(fd, file, readable) == 0)
        read_image(readable.get(), image);
}

bool is_missing(const char *path) {
    struct statx file;
    return path[0] != '\0' && sys::statx(AT_FDCWD, path, 0, file) == -ENOENT;
}

// What ENOENT or ENOEXEC means, from the image. No failure: it is not to be told.
Failure find_cause(const Execution &execution, const Image &image, int error) {
    if (error == ENOENT && cannot_be_opened(execution, image))
        return {EXESEAL_STEP_SCRIPT, error, "close-on-exec"};
    if (error == ENOENT && is_missing(image.interpreter))
        return {EXESEAL_STEP_INTERPRETER, error, image.interpreter};
    if (error == ENOEXEC && image.kind == EXESEAL_IMAGE_SCRIPT)
        return {EXESEAL_STEP_INTERPRETER, error, image.interpreter};
    if (error == ENOEXEC && image.kind == EXESEAL_IMAGE_NONE)
        return {EXESEAL_STEP_FORMAT, error, ""};
    if (error == ENOEXEC)
        return {EXESEAL_STEP_ARCHITECTURE, error, ""};
    return {};
}

int explain(const Execution &execution, const Image &image, int error) {
    Failure cause = find_cause(execution, image, -error);
    return cause ? execution.fail(cause) : error;
}

Failure prepare(const Execution &execution) {
    if (execution.wants(EXESEAL_EXEC_CLOSE_OTHERS))
        if (Failure failure = close_others(execution.options.keep, execution.options.keep_count))
            return failure;
    int error = execution.wants(EXESEAL_EXEC_NO_NEW_PRIVS) ? sys::set_no_new_privs() : 0;
    return failed_if_negative(error, EXESEAL_STEP_NO_NEW_PRIVS);
}

// execveat(2) is missing (gVisor, old emulators) or a filter knows only execve(2). The error of the first way counts,
// unless it said nothing.
int exec_by_path(const Execution &execution, const Image &image, int first_error) {
    bool first_said_nothing = first_error == -ENOSYS || first_error == -ENOENT;
    FdPath path;
    int error = check_proc_path(execution.fd, path);
    if (error < 0) {
        execution.fail(failed_if_negative(error, EXESEAL_STEP_PROC_EXEC, "/proc"));
        return first_error;
    }
    if (cannot_be_opened(execution, image))
        return -ENOENT;
    Inherited inherited(execution.fd, is_opened_by_another(image));
    error = sys::execve(path.text, execution.argv, execution.envp);
    execution.fail(failed_if_negative(error, EXESEAL_STEP_PROC_EXEC));
    return first_said_nothing ? error : first_error;
}

int execute(const Execution &execution) {
    int error = sys::execveat(execution.fd, execution.argv, execution.envp, 0);
    execution.fail(failed_if_negative(error, EXESEAL_STEP_EXECVEAT));
    bool is_filtered = error == -ENOSYS || error == -EPERM || error == -EACCES;
    if (!is_filtered && error != -ENOENT && error != -ENOEXEC)
        return error;
    Image image;
    look_at_image(execution.fd, image);
    bool needs_inheritance = is_opened_by_another(image) && execution.wants(EXESEAL_EXEC_SCRIPT);
    if (is_filtered || (error == -ENOENT && needs_inheritance))
        error = exec_by_path(execution, image, error);
    return explain(execution, image, error);
}

// The kernel's own check says nothing about the format: it takes an empty file for executable.
int check(const Execution &execution) {
    int error = sys::execveat(execution.fd, execution.argv, execution.envp, AT_EXECVE_CHECK);
    if (error == -EINVAL || error == -ENOSYS)
        error = sys::may_execute(execution.fd); // before Linux 6.14
    if (error < 0)
        return execution.fail(failed_if_negative(error, EXESEAL_STEP_EXECVEAT));
    Image image;
    look_at_image(execution.fd, image);
    if (image.kind == EXESEAL_IMAGE_NONE || image.is_foreign)
        return explain(execution, image, -ENOEXEC);
    if (cannot_be_opened(execution, image) || is_missing(image.interpreter))
        return explain(execution, image, -ENOENT);
    return 0;
}

} // namespace

int exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &options,
            exeseal_report &report) {
    Execution execution = {fd, argv, envp, options, report};
    if (execution.wants(EXESEAL_EXEC_CHECK))
        return check(execution);
    if (Failure failure = prepare(execution))
        return execution.fail(failure);
    return execute(execution);
}

} // namespace exeseal
