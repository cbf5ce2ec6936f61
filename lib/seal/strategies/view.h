// SPDX-License-Identifier: MIT
// The parts that the views share: finding the source by a path, and verifying the result.
#pragma once

#include "seal/request.h"

namespace exeseal {

// The apparent location of a source. A path is only a candidate: it may name another file by now.
struct Location {
    static constexpr size_t kSize = 4096; // PATH_MAX

    char directory[kSize]; // absolute, without the name; "/" for the root
    char name[256];
};

Failure locate(Request &request, Location &location);

struct Directory {
    UniqueFd fd;
    bool is_covered = false; // a mount covers the name, and another file lies below it
};

// Opens the directory, after checking that the name in it is the source. EXDEV: it is not, or no
// longer.
Failure open_directory(const Location &location, const Source &source, Directory &directory);
// Opens the source itself with O_PATH. EXDEV as above.
Failure open_in_directory(const Directory &directory, const Location &location, const Source &source, UniqueFd &file);

// Rejects a noexec mount: overlayfs would bypass it, and a bind mount would not run.
Failure check_noexec(const Source &source);

// Checks that sealed.fd shows the source's current file, read-only and executable for this process.
Failure check_view(const Source &source, Sealed &sealed);

} // namespace exeseal
