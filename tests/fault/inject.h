// SPDX-License-Identifier: MIT
// Makes the system calls of the library fail on request: the calls of one thread, counted from arm(). Until disarm() no
// time passes, and huge pages can be had.
#pragma once

#include <functional>
#include <vector>

namespace inject {

enum class Times { Once, Always };

// What this kernel is to lack, besides what else is asked for.
struct Lacks {
    bool memfd = false;    // memfd_create(2) is EPERM, as under a seccomp filter
    bool fsopen = false;   // fsopen(2) is ENOSYS, as before Linux 5.2
    bool tmpfile = false;  // O_TMPFILE is EOPNOTSUPP, as on a file system without it
    bool sendfile = false; // sendfile(2) is ENOSYS, so that bytes go through a buffer
};
void pretend(Lacks lacks);

// Counts calls and remembers their numbers.
void record();

// The call with this index fails with `error`; with Always, every later call with the same number too.
void arm(int index, int error, Times times);

// The first call with this number and such arguments fails with `error`.
void refuse(long number, bool (*is_meant)(const long *arguments), int error);

// The call with this index moves or answers no more than `most`.
void cut(int index, long most);

// Something else happens just before the call with this index.
void interrupt(int index, std::function<void()> event);

// Executing answers ECANCELED, unless it is made to fail otherwise, after this has seen the descriptor. None: it
// executes.
void instead_of_execution(std::function<void(int fd)> look);

// Back to the kernel's own answers. Whether the fault was given.
bool disarm();

// The numbers of the calls since record() or arm().
const std::vector<long> &calls();

} // namespace inject
