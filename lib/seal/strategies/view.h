// SPDX-License-Identifier: MIT
// What the strategies that show the source itself have in common: finding it by a path, and looking at what came out.
#pragma once

#include "seal/request.h"

namespace exeseal {

// Where a source seems to be. A path is a candidate, no more: it can name another file by now.
struct Location {
    static constexpr size_t kSize = 4096; // PATH_MAX

    char directory[kSize]; // absolute, without the name; "/" for the root
    char name[256];
};

Failure locate(Request &request, Location &location);

struct Directory {
    UniqueFd fd;
    bool is_covered = false; // the name means something that is mounted there, and below it is another file
};

// The directory, after checking that the source is what the name in it means. EXDEV: it is not, or not any more.
Failure open_directory(const Location &location, const Source &source, Directory &directory);
// The source itself, O_PATH. EXDEV as well.
Failure open_in_directory(const Directory &directory, const Location &location, const Source &source, UniqueFd &file);

// A view is of no use on a noexec mount: overlayfs would launder it, a bind mount would not run.
Failure check_noexec(const Source &source);

// Whether sealed.fd shows the file that the source is now, read-only and executable for us.
Failure check_view(const Source &source, Sealed &sealed);

} // namespace exeseal
