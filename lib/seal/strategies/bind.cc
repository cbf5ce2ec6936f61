// SPDX-License-Identifier: MIT
// Strategy bind: the source, by a detached read-only mount of that one file.
#include "seal/strategies/forked.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"
#include "seal/strategies/view.h"

namespace exeseal {
namespace {

// For a source whose mount is not in this mount namespace: uses the file at the source's path here,
// if it is the same file.
Failure clone_by_path(Request &request, UniqueFd &mount) {
    Location location;
    Directory directory;
    UniqueFd file;
    if (Failure failure = locate(request, location))
        return failure;
    if (Failure failure = open_directory(location, request.source, directory))
        return failure;
    if (Failure failure = open_in_directory(directory, location, request.source, file))
        return failure;
    return Failure::from(mount.take(sys::open_tree_clone(file.get())), EXESEAL_STEP_MOUNT);
}

Failure mount_bind(Request &request, UniqueFd &mount) {
    int error = mount.take(sys::open_tree_clone(request.source.fd));
    Failure failure = error == -EINVAL ? clone_by_path(request, mount) : Failure::from(error, EXESEAL_STEP_MOUNT);
    if (failure)
        return failure;
    error = sys::mount_setattr(mount.get(), sys::kMountReadOnly | sys::kMountNosuid | sys::kMountNodev);
    return Failure::from(error, EXESEAL_STEP_READ_ONLY);
}

// While the mount exists, a process that has the view, or /proc/PID/exe of a program that runs from
// it, and is root of some user namespace can clear the mount's read-only flag. The mount exists
// until the last copy of `mount` is closed; then mount_setattr(2) returns EINVAL to everybody
// (fs/namespace.c, dissolve_on_fput, do_mount_setattr). So this function sets the flag again until
// that fails: as long as it succeeds, a child forked by another thread has a copy. This process was
// allowed to mount, so any other error comes from a filter and proves nothing. A child of the host
// that attaches its copy to its own mount namespace (move_mount(2)) would defeat this check; only
// the host's own code could do that.
Failure prove_dissolved(int view, uint32_t &retries) {
    int error = 0;
    auto is_decided = [&] { return (error = sys::mount_setattr(view, sys::kMountReadOnly)) != 0; };
    if (!wait_for_forked_children(is_decided, retries))
        error = -EBUSY;
    return error == -EINVAL ? Failure{} : Failure::from(error, EXESEAL_STEP_READ_ONLY);
}

uint64_t offers(const Request &) {
    return EXESEAL_GUARANTEE_READ_ONLY;
}

// The mount has this file as its root and no parent, so no path leads out of it. It dissolves when
// its descriptor is closed, and the file remains open. The original cannot be written to while the
// view runs, because it is the same inode.
Failure run(Request &request, const Place &, Sealed &sealed) {
    if (request.source.kind != Source::Kind::File)
        return {EXESEAL_STEP_LOCATE, EOPNOTSUPP, "the source is not a file"};
    if (Failure failure = check_noexec(request.source))
        return failure;
    if (Failure failure = request.source.check_opening_and_closing())
        return failure;
    UniqueFd mount;
    if (Failure failure = mount_bind(request, mount))
        return failure;
    struct statx file = request.source.file.stat;
    if (int error = request.procfs.reopen(mount.get(), file, sealed.fd); error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN, "/proc");
    mount.reset();
    if (Failure failure = prove_dissolved(sealed.fd.get(), request.report.retries))
        return failure;
    return check_view(request.source, sealed);
}

constexpr Outcome kOwn[] = {
    {EXESEAL_STEP_LOCATE,
     {EXDEV},
     Next::Strategy,
     "The source is not on a mount of this mount namespace, and its path does not lead to it: it is unlinked, replaced "
     "or covered by a mount. " USE_A_COPY},
    {EXESEAL_STEP_MOUNT,
     {EINVAL},
     Next::Strategy,
     "The source is not on a mount of this mount namespace, for example because it is a memfd or "
     "unlinked. " USE_A_COPY},
    {EXESEAL_STEP_READ_ONLY,
     {EBUSY},
     Next::Strategy,
     "A child forked during the clone still holds the view's mount. Try again."},
    {EXESEAL_STEP_READ_ONLY,
     {ENOSYS},
     Next::Strategy,
     "mount_setattr(2) requires Linux 5.12, and a seccomp filter may refuse it. " USE_A_COPY},
    {EXESEAL_STEP_REOPEN, {ENOENT}, Next::Strategy, kMountProc},
    {EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     Next::Strategy,
     "The source's permission bits, a security module or a seccomp filter forbid opening the view for reading. Grant "
     "this user read permission."},
};
constexpr auto kOutcomes = join(kOwn, kViewOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kBind = {
    .id = EXESEAL_STRATEGY_BIND,
    .purpose = "the source, by a read-only mount of that one file that is attached nowhere",
    .writes_bytes = false,
    .keeps_evidence = false,
    .probe_source = ProbeSource::RunningProgram,
    .offers = offers,
    .run = run,
    .outcomes = kOutcomes,
};

} // namespace exeseal
