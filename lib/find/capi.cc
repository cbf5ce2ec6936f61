// SPDX-License-Identifier: MIT
// The function of exeseal.h that finds a program.
#include "base/boundary.h"
#include "base/text.h"
#include "find/resolve.h"

using namespace exeseal;

namespace {

// The sizes in version 0.1. They stay the same when the structs grow.
constexpr size_t kFirstResolveOptions = 8, kFirstResolution = 4040;
static_assert(sizeof(exeseal_resolve_options) == kFirstResolveOptions &&
              sizeof(exeseal_resolution) == kFirstResolution);

Failure read_resolve_options(const exeseal_resolve_options *from, size_t size, exeseal_resolve_options &options) {
    if (Failure failure = read_struct(from, size, kFirstResolveOptions, options))
        return failure;
    return (options.flags & ~EXESEAL_RESOLVE_SCRIPT) != 0 ? bad_argument(EINVAL, "flags") : Failure{};
}

} // namespace

int exeseal_resolve(const char *name, const char *directories, const char *path, const exeseal_resolve_options *from,
                    size_t options_size, exeseal_resolution *resolution, size_t resolution_size, char *why,
                    size_t why_size) {
    if (why == nullptr && why_size != 0)
        return -EINVAL;
    Text text(why, why_size);
    Out out(resolution, resolution_size, kFirstResolution);
    if (out.error() < 0)
        return out.error();
    exeseal_resolve_options options;
    if (Failure failure = read_resolve_options(from, options_size, options))
        return -failure.error;
    if (name == nullptr)
        return -EINVAL;
    int result = resolve({name, directories, path, options.flags}, out.full, text);
    if (result < 0)
        out.full = {};
    return result;
}
