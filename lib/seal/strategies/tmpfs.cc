// SPDX-License-Identifier: MIT
// Strategy tmpfs: a copy in a detached read-only tmpfs.
#include "base/mount.h"
#include "base/text.h"
#include "seal/strategies/new_file.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"

namespace exeseal {
namespace {

struct Tmpfs {
    Filesystem filesystem;
    UniqueFd root;
};

// A memfd's name may contain a '/', a file's name may not.
struct FileName {
    explicit FileName(const Request &request) {
        Text(text, sizeof text) << object_name(request);
        bool is_dots = std::string_view(text) == "." || std::string_view(text) == "..";
        for (char *c = text; *c != '\0'; c++)
            *c = *c == '/' || is_dots ? '_' : *c;
    }
    char text[sizeof exeseal_clone_options::name];
};

// Huge pages make this strategy fast. The result of the option is ignored: a kernel without huge
// pages does not know it.
Failure mount_tmpfs(const Request &request, Tmpfs &tmpfs) {
    bool is_small = (request.options.flags & EXESEAL_CLONE_SMALL_PAGES) != 0;
    int error = tmpfs.filesystem.open("tmpfs");
    if (error == 0) {
        tmpfs.filesystem.set("huge", is_small ? "never" : "within_size");
        error = tmpfs.filesystem.create();
    }
    if (error == 0)
        error = tmpfs.filesystem.mount(sys::kMountNosuid | sys::kMountNodev, tmpfs.root);
    return Failure::from(error, EXESEAL_STEP_MOUNT);
}

// Setting the size beforehand lets the kernel choose a huge page for each part of the file. It
// affects only speed.
Failure create(const Request &request, int root, UniqueFd &writer) {
    constexpr mode_t kNobody = 0;
    int error = writer.take(sys::openat(root, FileName(request).text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kNobody));
    if (error >= 0 && request.source.kind != Source::Kind::Stream)
        sys::ftruncate(writer.get(), request.source.size);
    return Failure::from(error, EXESEAL_STEP_CREATE);
}

Failure open_read_only(const Request &request, int root, const struct statx &written, UniqueFd &result) {
    int error = result.take(sys::openat(root, FileName(request).text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct statx found;
    if (error >= 0)
        error = sys::statx(result.get(), "", AT_EMPTY_PATH, found);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN);
    if (Identity(found) != Identity(written))
        return {EXESEAL_STEP_VERIFY, EIO, "inode"};
    return check_result(found, written);
}

// This is permanent: once the context and the mount are closed, only this file leads to the file
// system. The file keeps its name, because with an open unlinked file this fails with EBUSY
// (fs/namespace.c, sb_prepare_remount_readonly).
Failure make_read_only(Tmpfs &tmpfs, int file) {
    if (int error = tmpfs.filesystem.make_read_only(); error < 0)
        return Failure::from(error, EXESEAL_STEP_READ_ONLY);
    struct statfs fs;
    int error = sys::fstatfs(file, fs);
    if (error == 0 && (fs.f_flags & sys::kReadOnlyMount) == 0)
        error = -EIO;
    return Failure::from(error, EXESEAL_STEP_VERIFY, "read-only");
}

uint64_t offers(const Request &) {
    return EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure run(Request &request, const Place &, Sealed &sealed) {
    Tmpfs tmpfs;
    if (Failure failure = mount_tmpfs(request, tmpfs))
        return failure;
    UniqueFd writer;
    if (Failure failure = create(request, tmpfs.root.get(), writer))
        return failure;
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    if (Failure failure = open_read_only(request, tmpfs.root.get(), file, sealed.fd))
        return failure;
    writer.reset();
    // or make_read_only fails with EBUSY, and cannot be repeated
    wait_for_writers(sealed.fd.get(), request.report.retries);
    return make_read_only(tmpfs, sealed.fd.get());
}

constexpr const char *kNoMemory = "The copy does not fit into the memory available to a tmpfs: half of all memory, or "
                                  "less with vm.overcommit_memory=2. Free some memory, or raise vm.overcommit_ratio.";

constexpr Outcome kOwn[] = {
    {EXESEAL_STEP_CREATE,
     {EOVERFLOW},
     Next::Strategy,
     "This user or group is not mapped in the user namespace. Map it (see user_namespaces(7))."},
    {EXESEAL_STEP_CREATE, kRefused, Next::Strategy,
     "A security module or a seccomp filter forbids creating a file on a private tmpfs. Allow it."},
    {EXESEAL_STEP_MOUNT, {ENOSPC}, Next::Strategy, kNoMemory},
    {EXESEAL_STEP_CREATE, {ENOSPC}, Next::Strategy, kNoMemory},
    {EXESEAL_STEP_COPY, {ENOSPC}, Next::Strategy, kNoMemory},
    {EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     Next::Strategy,
     "A security module or a seccomp filter forbids opening the copy read-only. Allow it."},
    {EXESEAL_STEP_REOPEN, {ENOSYS}, Next::Strategy, kOpenFiltered},
    {EXESEAL_STEP_READ_ONLY, {EBUSY}, Next::Strategy, kHeldWriter},
    {kAnyStep, {ENOSPC}, Next::Stop, kNoMemory},
};
constexpr auto kOutcomes = join(kOwn, kMemoryOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kTmpfs = {
    .id = EXESEAL_STRATEGY_TMPFS,
    .purpose = "a copy in a read-only tmpfs that is mounted nowhere",
    .writes_bytes = true,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .offers = offers,
    .run = run,
    .outcomes = kOutcomes,
};

} // namespace exeseal
