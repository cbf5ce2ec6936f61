// SPDX-License-Identifier: MIT
// Strategy overlay: the source through a detached read-only overlayfs.
#include "base/mount.h"
#include "base/text.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"
#include "seal/strategies/view.h"

#include <linux/magic.h>

namespace exeseal {
namespace {

constexpr unsigned kReadOnly = sys::kMountReadOnly | sys::kMountNosuid | sys::kMountNodev;

enum class Layers : uint8_t { ByDescriptor, ByPath };

// Before Linux 6.13 layers have paths. Paths below /proc lead to the directories that are open,
// whatever their names are, and need no escaping. -ENOENT: /proc is missing or fake.
int set_layers(Filesystem &overlay, int upper, int lower, Layers layers) {
    if (layers == Layers::ByDescriptor) {
        int error = overlay.set("lowerdir+", upper);
        // fsconfig(2) rejects O_PATH before Linux 6.13, and any descriptor before 6.5
        if (error == -EBADF || error == -EOPNOTSUPP)
            return -EINVAL;
        return error < 0 ? error : overlay.set("lowerdir+", lower);
    }
    FdPath upper_path, lower_path;
    int error = check_proc_path(upper, upper_path);
    if (error == 0)
        error = check_proc_path(lower, lower_path);
    if (error < 0)
        return error;
    char both[64];
    Text(both, sizeof both) << upper_path.text << ":" << lower_path.text;
    return overlay.set("lowerdir", both);
}

// xino=off: the file keeps its inode number. metacopy=off: the file has its own data.
int mount_layers(int upper, int lower, Layers layers, UniqueFd &root) {
    Filesystem overlay;
    int error = overlay.open("overlay");
    if (error == 0)
        error = overlay.set("xino", "off");
    if (error == 0)
        error = overlay.set("metacopy", "off");
    if (error == 0)
        error = set_layers(overlay, upper, lower, layers);
    if (error == 0)
        error = overlay.create();
    return error < 0 ? error : overlay.mount(kReadOnly, root);
}

int mount_empty(UniqueFd &root) {
    Filesystem tmpfs;
    int error = tmpfs.open("tmpfs");
    if (error == 0)
        error = tmpfs.create();
    return error < 0 ? error : tmpfs.mount(kReadOnly, root);
}

// A second layer is required, and its content does not matter. Before Linux 6.15 it must be mounted
// somewhere. At least one of these is neither above nor below the source's directory, which would
// be ELOOP.
int mount_over_other(int directory, UniqueFd &root) {
    constexpr const char *kOthers[] = {"/tmp", "/run", "/dev", "/"};
    int first_error = 0;
    for (const char *path : kOthers) {
        UniqueFd other;
        if (other.take(sys::openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
            continue;
        for (Layers layers : {Layers::ByDescriptor, Layers::ByPath}) {
            int error = mount_layers(directory, other.get(), layers, root);
            if (error != -EINVAL && error != -ELOOP)
                return error;
            first_error = first_error == 0 ? error : first_error;
        }
    }
    return first_error;
}

int mount_over_directory(int directory, UniqueFd &root) {
    UniqueFd empty;
    int error = mount_empty(empty);
    if (error == 0)
        error = mount_layers(directory, empty.get(), Layers::ByDescriptor, root);
    return error == -EINVAL ? mount_over_other(directory, root) : error;
}

// The reason why a directory cannot be a layer. In a mount namespace that a user namespace owns,
// mounts from outside stay locked onto the directories that they cover, so the directory cannot be
// cloned without them (fs/namespace.c, has_locked_children).
const char *find_obstacle(const Source &source, int directory) {
    UniqueFd tree;
    if (tree.take(sys::open_tree_clone(directory)) == -EINVAL)
        return "mounts below the directory";
    return source.file.file_system == OVERLAYFS_SUPER_MAGIC ? "stacking depth" : "";
}

Failure mount_overlay(const Source &source, const Location &location, UniqueFd &root) {
    Directory directory;
    if (Failure failure = open_directory(location, source, directory))
        return failure;
    if (directory.is_covered)
        return {EXESEAL_STEP_LOCATE, EXDEV, "a mount over the source"};
    int error = mount_over_directory(directory.fd.get(), root);
    if (error == -EINVAL)
        return Failure::from(error, EXESEAL_STEP_MOUNT, find_obstacle(source, directory.fd.get()));
    return Failure::from(error, EXESEAL_STEP_MOUNT, error == -ENOENT ? "/proc" : "");
}

uint64_t offers(const Request &) {
    return EXESEAL_GUARANTEE_READ_ONLY;
}

Failure run(Request &request, const Place &, Sealed &sealed) {
    Location location;
    if (Failure failure = locate(request, location))
        return failure;
    if (Failure failure = check_noexec(request.source))
        return failure;
    if (Failure failure = request.source.check_opening())
        return failure;
    UniqueFd root;
    if (Failure failure = mount_overlay(request.source, location, root))
        return failure;
    int error = sealed.fd.take(sys::openat(root.get(), location.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN);
    return check_view(request.source, sealed);
}

constexpr Outcome kOwn[] = {
    {EXESEAL_STEP_LOCATE,
     {EXDEV},
     Next::Strategy,
     "The source's path does not lead to the source, as overlayfs requires: it is unlinked, replaced, covered by a "
     "mount, or in another mount namespace. " USE_A_COPY},
    {EXESEAL_STEP_MOUNT, {ENODEV}, Next::Strategy, "The kernel has no overlayfs. Load the module overlay."},
    {EXESEAL_STEP_MOUNT,
     {ENOENT},
     Next::Strategy,
     "Before Linux 6.13 overlayfs requires a usable /proc. Mount procfs on /proc."},
    {EXESEAL_STEP_MOUNT,
     {EINVAL},
     Next::Strategy,
     "Overlayfs rejects the source's directory: a user namespace locks a mount below it, or the source is on an "
     "overlayfs that is stacked on another one. " USE_A_COPY},
    {EXESEAL_STEP_MOUNT, {ELOOP}, Next::Strategy, "One layer of the overlayfs lies inside the other. " USE_A_COPY},
    // fs/overlayfs/super.c, ovl_report_in_use
    {EXESEAL_STEP_MOUNT,
     {EBUSY},
     Next::Strategy,
     "The source's directory is the upper layer of another overlayfs, and the kernel rejects a second use "
     "(/sys/module/overlay/parameters/index). " USE_A_COPY},
    // ELOOP: the name had become a symbolic link.
    {EXESEAL_STEP_REOPEN,
     {ENOENT, ELOOP, EPERM, EACCES},
     Next::Strategy,
     "The source cannot be opened through overlayfs: it was moved meanwhile, or this user may not read "
     "it. " USE_A_COPY},
    {EXESEAL_STEP_VERIFY,
     {EXDEV},
     Next::Strategy,
     "Overlayfs shows another file than the source, because something is mounted over the source's name. " USE_A_COPY},
};
constexpr auto kOutcomes = join(kOwn, kViewOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kOverlay = {
    .id = EXESEAL_STRATEGY_OVERLAY,
    .purpose = "the source through a read-only overlayfs that is mounted nowhere",
    .writes_bytes = false,
    .keeps_evidence = false,
    .probe_source = ProbeSource::RunningProgram,
    .offers = offers,
    .run = run,
    .outcomes = kOutcomes,
};

} // namespace exeseal
