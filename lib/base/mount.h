// SPDX-License-Identifier: MIT
// Mounts that are attached nowhere: nobody finds them by a path, and they end with the last descriptor that leads
// there.
#pragma once

#include "base/failure.h"
#include "base/fd.h"

namespace exeseal {

// A file system that is being made (fsopen(2)).
class Filesystem {
  public:
    // Each: 0 or -errno.
    int open(const char *type);
    int set(const char *key, const char *value);
    int set(const char *key, int fd);
    int create();
    int mount(unsigned attributes, UniqueFd &root);
    // The whole file system, which only this context can undo. -EBUSY: somebody has a file open for writing; the
    // context is of no use any more then.
    int make_read_only();

  private:
    UniqueFd context_;
};

// The /proc of this thread's PID namespace.
int mount_procfs(UniqueFd &root);

} // namespace exeseal
