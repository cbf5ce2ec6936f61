// SPDX-License-Identifier: MIT
// The constants of the interface, one list each: their names, and parsers for the names.
#pragma once

#include <cstdint>
#include <string_view>

// Each row has the constant of exeseal.h and its name, in the order of the numbers. names.cc checks
// the numbers.
#define EXESEAL_MODES(X)                                                                                               \
    X(AUTOMATIC, "")                                                                                                   \
    X(INDEPENDENT_DATA_COPY, "independent-data-copy")                                                                  \
    X(RO_SHARED_PAGE, "ro-shared-page")

// The numbers start at 1; 0 means no strategy. The record of strategy memfd is kMemfd, in
// seal/strategies/memfd.cc.
#define EXESEAL_STRATEGIES(X)                                                                                          \
    X(REUSE, "reuse", kReuse)                                                                                          \
    X(MEMFD, "memfd", kMemfd)                                                                                          \
    X(TMPFILE, "tmpfile", kTmpfile)                                                                                    \
    X(TMPFS, "tmpfs", kTmpfs)                                                                                          \
    X(OVERLAY, "overlay", kOverlay)                                                                                    \
    X(BIND, "bind", kBind)                                                                                             \
    X(VERITY, "verity", kVerity)

// Each row ends with the kind that exeseal_step_kind returns.
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

// Each function returns nullptr past the end of its list.
const char *mode_name(uint32_t mode);
const char *strategy_name(uint32_t strategy);
const char *step_name(uint32_t step);
uint32_t step_kind(uint32_t step); // EXESEAL_KIND_NONE past the end
const char *guarantee_name(uint32_t bit);
const char *evidence_name(uint32_t evidence);

// All bits that have a name.
uint64_t known_guarantees();

// Returns false if the text is not valid, and leaves the result unchanged.
bool parse_mode(std::string_view text, uint32_t &mode);
bool parse_guarantees(std::string_view text, uint64_t &bits);

} // namespace exeseal
