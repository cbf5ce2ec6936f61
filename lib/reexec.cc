// SPDX-License-Identifier: MIT
// Inspects the running program, and executes a sealed copy of it unless it already is one.
#include "reexec.h"

#include "base/boundary.h"
#include "base/report.h"
#include "base/seals.h"
#include "launch/exec.h"
#include "program.h"
#include "seal/options.h"
#include "seal/plan.h"
#include "seal/request.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace exeseal {
namespace {

// A copy is executed by the descriptor with the highest possible number. It can therefore detect
// that it is a copy even if /proc shows another program: the kernel passes the number in AT_EXECFN,
// without /proc, and no other program inherits it. Other software starts programs by descriptor too
// (systemd, `exeseal run`), but uses the lowest free number, so such a program still makes its one
// copy. The descriptor table grows with the number (8 bytes each); hence the maximum.
constexpr uint64_t kMostDescriptors = 4096;

// Returns less than 3 if the limit is unknown or too low.
int number_of_copies() {
    uint64_t limit = 0;
    sys::prlimit_nofile(limit);
    return static_cast<int>(std::min(limit, kMostDescriptors)) - 1;
}

bool was_started_as_copy() {
    int number = number_of_copies();
    return number > 2 && started_from() == number;
}

// Decides whether a file is a sealed copy. The same rule applies to the running file and to a copy
// before it is executed. Seals cannot be removed and a lost last name cannot be restored, so
// re-execution cannot loop.
//
// A copy by strategy tmpfile shows only the missing name. A memfd never has a name, so it is judged
// by its seals. A link count of 0 alone proves nothing: some file systems (FUSE) report it for
// every file.
bool is_enough(Procfs &procfs, int fd, int seals, const struct statx &file, uint64_t require) {
    uint64_t seen = memfd_guarantees(seals, file.stx_mode);
    if (seen != 0 || require != 0)
        return seen != 0 && (require & ~seen) == 0;
    return file.stx_nlink == 0 && FileLink(procfs, fd).is_deleted_file();
}

int check_copy(Procfs &procfs, int copy, uint64_t require) {
    struct statx file;
    int error = sys::statx(copy, "", AT_EMPTY_PATH, file);
    if (error < 0)
        return error;
    return is_enough(procfs, copy, get_seals(copy), file, require) ? 0 : -ELOOP;
}

int make_copy(Source &source, Procfs &procfs, const exeseal_clone_options &options, exeseal_report &report) {
    exeseal_clone_options named = options;
    if (named.name[0] == '\0')
        sys::prctl_get_name(named.name);
    Request request = {named, source, procfs, report};
    return make_sealed(request, plan_of_reexec());
}

// Makes a copy unless the running program already is one. Returns 0 or -errno; `copy` stays empty
// if no copy is needed.
int copy_unless_sealed(char *const argv[], const exeseal_clone_options &options, exeseal_report &report,
                       UniqueFd &copy) {
    Procfs procfs;
    Source source;
    if (Failure failure = source.use_running_program(procfs))
        return fail(report, failure);
    if (is_enough(procfs, source.fd, source.file.seals, source.file.stat, options.require)) {
        name_thread(procfs, source.fd, argv[0]);
        report.guarantees = memfd_guarantees(source.file.seals, source.file.stat.stx_mode);
        report.bytes = source.size;
        return 0;
    }
    if (was_started_as_copy())
        return fail(report, {EXESEAL_STEP_VERIFY, ELOOP, "the copy that runs"});
    if (int error = check_own_file(source.fd); error < 0)
        return fail(report, {EXESEAL_STEP_SOURCE, -error, "/proc/self/exe"});
    if (int result = copy.take(make_copy(source, procfs, options, report)); result < 0)
        return result;
    int error = check_copy(procfs, copy.get(), options.require);
    return error < 0 ? fail(report, {EXESEAL_STEP_VERIFY, -error, "the copy"}, report.strategy) : 0;
}

// Keeps the present number if that one is in use.
void give_number_of_copies(UniqueFd &copy) {
    int number = number_of_copies();
    UniqueFd numbered(sys::fcntl_dupfd_cloexec(copy.get(), number));
    if (numbered.get() == number)
        copy = std::move(numbered);
}

} // namespace

Failure read_reexec_options(const exeseal_clone_options *from, size_t size, exeseal_clone_options &options) {
    if (Failure failure = read_clone_options(from, size, options))
        return failure;
    if (options.mode == EXESEAL_MODE_RO_SHARED_PAGE)
        return bad_argument(EINVAL, "mode");
    if (options.fallback[0] != EXESEAL_MODE_AUTOMATIC)
        return bad_argument(EINVAL, "fallback");
    constexpr uint64_t kFlags = EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES;
    if ((options.flags & ~kFlags) != 0)
        return bad_argument(EINVAL, "flags");
    constexpr uint64_t kUnseen = EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE;
    return (options.require & kUnseen) != 0 ? bad_argument(EINVAL, "require") : Failure{};
}

int reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options &options, exeseal_report &report) {
    UniqueFd copy;
    int error = copy_unless_sealed(argv, options, report, copy);
    if (error == 0 && copy) {
        give_number_of_copies(copy);
        error = exec_fd(copy.get(), argv, envp, {}, &report);
    }
    if (error < 0) {
        report.guarantees = report.bytes = report.huge_bytes = 0;
        report.strategy = report.evidence = 0;
        report.digest = {};
    }
    return error;
}

} // namespace exeseal

using namespace exeseal;

int exeseal_reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options *from, size_t options_size,
                        exeseal_report *report, size_t report_size) {
    OutReport out(report, report_size);
    if (out.error() < 0)
        return out.error();
    exeseal_clone_options options;
    if (Failure failure = read_reexec_options(from, options_size, options))
        return fail(out.full, failure);
    if (argv == nullptr || argv[0] == nullptr)
        return fail(out.full, bad_argument(EINVAL, "argv"));
    return reexec_self(argv, envp, options, out.full);
}
