// SPDX-License-Identifier: MIT
// What crosses the interface, one list each, the names, and the way back from a name.
#pragma once

#include <cstdint>
#include <string_view>

// The constant of exeseal.h and the name, in the order of the numbers. names.cc compares the numbers.
#define EXESEAL_MODES(X)                                                                                               \
    X(AUTOMATIC, "")                                                                                                   \
    X(INDEPENDENT_DATA_COPY, "independent-data-copy")                                                                  \
    X(RO_SHARED_PAGE, "ro-shared-page")

// From 1 on: 0 is none. The record of strategy memfd is kMemfd, in seal/strategies/memfd.cc.
#define EXESEAL_STRATEGIES(X)                                                                                          \
    X(REUSE, "reuse", kReuse)                                                                                          \
    X(MEMFD, "memfd", kMemfd)                                                                                          \
    X(TMPFILE, "tmpfile", kTmpfile)                                                                                    \
    X(TMPFS, "tmpfs", kTmpfs)                                                                                          \
    X(OVERLAY, "overlay", kOverlay)                                                                                    \
    X(BIND, "bind", kBind)                                                                                             \
    X(VERITY, "verity", kVerity)

// With the kind that exeseal_step_kind returns.
#define EXESEAL_STEPS(X)                                                                                               \
    X(DONE, "done", NONE)                                                                                              \
    X(ARGUMENT, "argument", ARGUMENT)                                                                                  \
    X(SOURCE, "source", SOURCE)                                                                                        \
    X(PRIVILEGES, "privileges", SOURCE)                                                                                \
    X(LIMIT, "limit", SEALING)                                                                                         \
    X(REQUIRE, "require", SEALING)                                                                                     \
    X(STABILITY, "stability", SEALING)                                                                                 \
    X(NOEXEC, "noexec", SEALING)                                                                                       \
    X(CREATE, "create", SEALING)                                                                                       \
    X(COPY, "copy", SEALING)                                                                                           \
    X(PERMISSIONS, "permissions", SEALING)                                                                             \
    X(SEAL, "seal", SEALING)                                                                                           \
    X(REOPEN, "reopen", SEALING)                                                                                       \
    X(VERIFY, "verify", SEALING)                                                                                       \
    X(NO_NEW_PRIVS, "no-new-privs", LAUNCH)                                                                            \
    X(CLOSE_OTHERS, "close-others", LAUNCH)                                                                            \
    X(EXECVEAT, "execveat", EXECUTION)                                                                                 \
    X(PROC_EXEC, "proc-exec", EXECUTION)                                                                               \
    X(SCRIPT, "script", CAUSE)                                                                                         \
    X(INTERPRETER, "interpreter", CAUSE)                                                                               \
    X(ARCHITECTURE, "architecture", CAUSE)                                                                             \
    X(FORMAT, "format", CAUSE)                                                                                         \
    X(LOCATE, "locate", SEALING)                                                                                       \
    X(MOUNT, "mount", SEALING)                                                                                         \
    X(READ_ONLY, "read-only", SEALING)                                                                                 \
    X(CAPABILITIES, "capabilities", LAUNCH)                                                                            \
    X(DIRECTORY, "directory", LAUNCH)                                                                                  \
    X(DEATH_SIGNAL, "death-signal", LAUNCH)                                                                            \
    X(LANDLOCK, "landlock", LAUNCH)                                                                                    \
    X(SPAWN, "spawn", LAUNCH)                                                                                          \
    X(POLICY, "policy", CAUSE)

// In the order of their bits.
#define EXESEAL_GUARANTEES(X)                                                                                          \
    X(READ_ONLY, "read-only")                                                                                          \
    X(SEALED, "sealed")                                                                                                \
    X(X_SEALED, "x-sealed")                                                                                            \
    X(OWN_PAGES, "own-pages")                                                                                          \
    X(PEER_SEALED, "peer-sealed")                                                                                      \
    X(LANDLOCK, "landlock")                                                                                            \
    X(STABLE, "stable")

#define EXESEAL_EVIDENCES(X)                                                                                           \
    X(NONE, "none")                                                                                                    \
    X(TIMES, "times")                                                                                                  \
    X(LEASE, "lease")                                                                                                  \
    X(SEALS, "seals")                                                                                                  \
    X(RUNNING, "running")                                                                                              \
    X(MEMORY, "memory")                                                                                                \
    X(SNAPSHOT, "snapshot")                                                                                            \
    X(VERITY, "verity")

namespace exeseal {

// nullptr past the end.
const char *mode_name(uint32_t mode);
const char *strategy_name(uint32_t strategy);
const char *step_name(uint32_t step);
uint32_t step_kind(uint32_t step); // EXESEAL_KIND_NONE past the end
const char *guarantee_name(uint32_t bit);
const char *evidence_name(uint32_t evidence);

// Every bit that has a name.
uint64_t known_guarantees();

// false: not a name; the result is left as it was.
bool parse_mode(std::string_view text, uint32_t &mode);
bool parse_guarantees(std::string_view text, uint64_t &bits);

} // namespace exeseal
