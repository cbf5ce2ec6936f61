// SPDX-License-Identifier: MIT
// Detached mounts: no path leads to them, and they end when the last descriptor on them is closed.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

namespace exeseal {

// A file system under construction (fsopen(2)).
class Filesystem {
  public:
    // Each function returns 0 or -errno.
    int open(const char *type);
    int set(const char *key, const char *value);
    int set(const char *key, int fd);
    int create();
    int mount(unsigned attributes, UniqueFd &root);
    // Makes the whole file system read-only; only this context can undo that. -EBUSY: a file is
    // open for writing. The context cannot be used any more after that.
    int make_read_only();

  private:
    UniqueFd context_;
};

// Mounts the procfs of this thread's PID namespace.
int mount_procfs(UniqueFd &root);

} // namespace exeseal
