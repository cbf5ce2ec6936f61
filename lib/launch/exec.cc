// SPDX-License-Identifier: MIT
// Executes a descriptor, and names the cause if the kernel refuses.
#include "launch/exec.h"

#include "base/image.h"
#include "base/permission.h"
#include "base/reopen.h"
#include "base/report.h"
#include "base/seals.h"
#include "launch/mark_others_cloexec.h"
#include "launch/next_exec.h"
#include "launch/profile.h"
#include "launch/sys.h"

#include <cstring>

namespace exeseal {
namespace {

struct Execution {
    int fd;
    char *const *argv;
    char *const *envp;
    const exeseal_exec_options &options;
    exeseal_report *report;

    bool wants(uint64_t flag) const { return (options.flags & flag) != 0; }
};

// A check must predict whether EXESEAL_EXEC_CLOSE_OTHERS will mark the descriptor.
bool is_close_on_exec(const Execution &execution) {
    const exeseal_exec_options &options = execution.options;
    bool is_marked = execution.wants(EXESEAL_EXEC_CLOSE_OTHERS) &&
                     is_marked_with_others(execution.fd, options.keep, options.keep_count);
    return is_marked || (sys::fcntl(execution.fd, F_GETFD) & FD_CLOEXEC) != 0;
}

// Clears the descriptor's close-on-exec flag for the object's lifetime, if `is_wanted`.
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

bool may_be_inherited(const Execution &execution) {
    return execution.wants(EXESEAL_EXEC_SCRIPT) || !is_close_on_exec(execution);
}

// The directory that relative paths start from, whether or not fchdir(2) was called yet.
int working_directory(const Execution &execution) {
    return execution.wants(EXESEAL_EXEC_DIRECTORY) ? execution.options.directory : AT_FDCWD;
}

// Returns 0 or the -errno that executing the image would return. Returns 0 for a truncated path.
int check_interpreter(const Execution &execution, const Image &image) {
    bool has_interpreter = image.kind == EXESEAL_IMAGE_SCRIPT || image.kind == EXESEAL_IMAGE_DYNAMIC;
    size_t length = strlen(image.interpreter);
    if (length == 0)
        return has_interpreter ? -ENOEXEC : 0;
    if (length + 1 == sizeof image.interpreter)
        return 0;
    struct statx file;
    int directory = working_directory(execution);
    int error = sys::statx(directory, image.interpreter, 0, file);
    if (error == 0)
        error = S_ISREG(file.stx_mode) ? sys::faccessat2_execute(directory, image.interpreter) : -EACCES;
    return error == -ENOSYS ? 0 : error;
}

// Names the policies that can refuse the execution. Landlock rules apply to paths. A memfd has no
// path, but its ELF interpreter has one.
const char *policies_against(int fd, const Image &image) {
    bool is_out_of_reach = is_sealable_memfd(get_seals(fd)) && image.kind == EXESEAL_IMAGE_STATIC;
    return is_out_of_reach ? "IMA, SELinux, AppArmor" : "IMA, Landlock, SELinux, AppArmor";
}

// True if the permission bits allow executing the file. Directories and FIFOs may have x bits too,
// but the kernel rejects them with EACCES.
bool is_allowed_to_run(int fd) {
    struct statx file;
    return sys::statx(fd, "", AT_EMPTY_PATH, file) == 0 && S_ISREG(file.stx_mode) && sys::faccessat2_execute(fd) == 0;
}

// Finds the cause of ENOENT when the interpreter that the image names exists.
Failure find_missing(const Execution &execution, const Image &image) {
    if (!may_be_inherited(execution))
        return {EXESEAL_STEP_SCRIPT, ENOENT, "close-on-exec"};
    FdPath path;
    bool is_reached = check_proc_path(execution.fd, path) == 0;
    return is_reached ? Failure{EXESEAL_STEP_INTERPRETER, ENOENT, image.interpreter}
                      : Failure{EXESEAL_STEP_SCRIPT, ENOENT, "/proc"};
}

// Derives the cause of the kernel's errno from the image. Returns no Failure if the cause is
// unknown.
Failure find_cause(const Execution &execution, const Image &image, int error) {
    bool is_script = image.kind == EXESEAL_IMAGE_SCRIPT;
    if (check_interpreter(execution, image) == error || (is_script && error == -ENOEXEC))
        return {EXESEAL_STEP_INTERPRETER, -error, image.interpreter};
    if (error == -ENOENT && is_opened_by_another(image, error))
        return find_missing(execution, image);
    if (error == -ENOEXEC && image.is_foreign)
        return {EXESEAL_STEP_ARCHITECTURE, ENOEXEC, ""};
    if (error == -ENOEXEC)
        return {EXESEAL_STEP_FORMAT, ENOEXEC, ""};
    if (error == -EACCES && is_allowed_to_run(execution.fd))
        return {EXESEAL_STEP_POLICY, EACCES, policies_against(execution.fd, image)};
    return {};
}

int explain(const Execution &execution, const Image &image, int error) {
    Failure cause = find_cause(execution, image, error);
    return cause ? fail(execution.report, cause) : error;
}

// Executes the descriptor by its path in /proc. If that fails too, returns the error of
// execveat(2), unless that error says nothing about the program.
int exec_by_path(const Execution &execution, bool inherits, int first_error) {
    FdPath path;
    int error = check_proc_path(execution.fd, path);
    if (error < 0) {
        fail(execution.report, Failure::from(error, EXESEAL_STEP_PROC_EXEC, "/proc"));
        return first_error;
    }
    Inherited inherited(execution.fd, inherits);
    error = sys::execve(path.text, execution.argv, execution.envp);
    fail(execution.report, Failure::from(error, EXESEAL_STEP_PROC_EXEC));
    return first_error == -ENOSYS || first_error == -ENOENT ? error : first_error;
}

int execute(const Execution &execution) {
    int error = sys::execveat(execution.fd, execution.argv, execution.envp, 0);
    fail(execution.report, Failure::from(error, EXESEAL_STEP_EXECVEAT));
    Image image;
    if (is_about_image(error))
        look_at_image(execution.fd, image);
    bool inherits = is_opened_by_another(image, error) && may_be_inherited(execution);
    switch (next_exec(error, image, inherits)) {
    case NextExec::Explain:
        return explain(execution, image, error);
    case NextExec::ExplainUnreadable:
        return explain(execution, image, -ENOENT);
    case NextExec::TryPath:
        return explain(execution, image, exec_by_path(execution, false, error));
    case NextExec::TryPathInherited:
        return explain(execution, image, exec_by_path(execution, true, error));
    case NextExec::Return:
        break;
    }
    return error;
}

int check_access(const Execution &execution) {
    int error = sys::execveat(execution.fd, execution.argv, execution.envp, AT_EXECVE_CHECK);
    if (error != -EINVAL && error != -ENOSYS && error != -EPERM) // AT_EXECVE_CHECK is supported
        return error;
    struct statx file;
    error = sys::statx(execution.fd, "", AT_EMPTY_PATH, file);
    if (error == 0 && !S_ISREG(file.stx_mode))
        error = -EACCES; // the x bits of a directory mean permission to search
    return error < 0 ? error : check_may_execute(execution.fd);
}

// AT_EXECVE_CHECK does not check the format: the kernel accepts an empty file.
int check(const Execution &execution) {
    if (Failure failure = check_profile(execution.fd, execution.options))
        return fail(execution.report, failure);
    int access = check_access(execution);
    Image image;
    look_at_image(execution.fd, image);
    if (access < 0) {
        fail(execution.report, Failure::from(access, EXESEAL_STEP_EXECVEAT));
        return explain(execution, image, access);
    }
    if (image.kind == EXESEAL_IMAGE_NONE || image.is_foreign)
        return explain(execution, image, -ENOEXEC);
    if (int error = check_interpreter(execution, image); error < 0)
        return explain(execution, image, error);
    if (is_opened_by_another(image, 0) && !may_be_inherited(execution))
        return explain(execution, image, -ENOENT);
    return 0;
}

} // namespace

int exec_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &options,
            exeseal_report *report) {
    Execution execution = {fd, argv, envp, options, report};
    if (execution.wants(EXESEAL_EXEC_CHECK))
        return check(execution);
    if (Failure failure = apply_profile(fd, options))
        return fail(execution.report, failure);
    return execute(execution);
}

} // namespace exeseal
