// SPDX-License-Identifier: MIT
// Makes system calls of the library fail on request: the calls of one thread, counted from arm().
// Until disarm() the clocks stand still and huge pages work.
#pragma once

#include <functional>
#include <vector>

namespace inject {

enum class Times { Once, Always };

// Features that the kernel lacks, in addition to the injected failure.
struct Lacks {
    bool memfd = false;    // memfd_create(2) returns EPERM, as under a seccomp filter
    bool fsopen = false;   // fsopen(2) returns ENOSYS, as before Linux 5.2
    bool tmpfile = false;  // O_TMPFILE returns EOPNOTSUPP, as on a file system without it
    bool sendfile = false; // sendfile(2) returns ENOSYS, so that a buffer is used
};
void pretend(Lacks lacks);

// Counts calls and records their numbers.
void record();

// The call with this index fails with `error`; with Always, so does every later call with the same
// number.
void arm(int index, int error, Times times);

// The first call with this number whose arguments match fails with `error`.
void refuse(long number, bool (*is_meant)(const long *arguments), int error);

// The call with this index moves or returns at most `most`.
void cut(int index, long most);

// `event` runs just before the call with this index.
void interrupt(int index, std::function<void()> event);

// Execution returns ECANCELED after `look` has examined the descriptor, unless a failure is
// injected. An empty `look` executes.
void instead_of_execution(std::function<void(int fd)> look);

// Returns to the kernel's own results. True if the failure was injected.
bool disarm();

// The numbers of the calls since record() or arm().
const std::vector<long> &calls();

} // namespace inject
