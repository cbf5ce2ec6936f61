// SPDX-License-Identifier: MIT
// Lists the flags of exeseal_exec_options for the library, the tool and the documents, one a row.
//
// Define one or both macros, then include this file:
//
// EXEC_FLAG(NAME)    EXESEAL_EXEC_NAME changes how to execute and applies no setting.
// EXEC_OPTION(NAME, STEP, check_values, check, apply, option, argument, parse, help, document)
//                    EXESEAL_EXEC_NAME applies a setting. Rows are in the order of application.
//
// STEP               its failures have step EXESEAL_STEP_STEP; DONE if it cannot fail
// check_values       in launch/profile.cc: rejects invalid values; nullptr if every value is valid
// check              in launch/profile.cc: returns what `apply` would return, without changing
//                    anything; nullptr if `apply` cannot fail or its failure cannot be predicted
// apply              in launch/profile.cc: applies the setting to the calling thread or process
// option, argument   `exeseal run --option argument`; `argument` may be nullptr
// parse              in tools/exeseal/launch_options.cc: parses the argument; nullptr without one
// help               text in `exeseal help run`
// document           text in docs/launching.md, written by tests/unit/exec_options_test.cc

#ifndef EXEC_FLAG
#define EXEC_FLAG(...)
#endif
#ifndef EXEC_OPTION
#define EXEC_OPTION(...)
#endif

EXEC_FLAG(CHECK)
EXEC_FLAG(SCRIPT)

EXEC_OPTION(CLOSE_OTHERS, CLOSE_OTHERS, check_keep_count, check_keep, mark_others, "close-fds", nullptr, nullptr,
            "Close all descriptors except 0, 1, 2 and those given with --keep-fd. Remove LISTEN_FDS and the variables "
            "that belong to it from the environment unless all of their descriptors are kept.",
            "marks every descriptor except 0, 1, 2 and `keep` close-on-exec. Later options can still use the "
            "descriptors, and a failed call has closed none")

EXEC_OPTION(DEATH_SIGNAL, DEATH_SIGNAL, check_signal, nullptr, set_death_signal, "death-signal", "SIGNAL",
            parse_death_signal, "Send the program SIGNAL, a name or a number, when the parent of exeseal ends.",
            "prctl(2), PR_SET_PDEATHSIG. The signal is sent when the parent *thread* ends, not its process. If the "
            "parent ended earlier, no signal is sent")

EXEC_OPTION(DIRECTORY, DIRECTORY, check_descriptor, check_search, enter_directory, "chdir", "DIR", open_directory,
            "Start the program in directory DIR.", "fchdir(2). The descriptor may be O_PATH")

EXEC_OPTION(UMASK, DONE, check_umask, nullptr, set_umask, "umask", "OCTAL", parse_umask,
            "Set the umask: permission bits that files created by the program do not get.", "umask(2)")

EXEC_OPTION(CAPABILITIES, CAPABILITIES, check_sets, check_capabilities, set_capabilities, "caps", "SETS",
            parse_capabilities,
            "Set the capability sets, in the format of cap_iab(3): !cap_x is dropped from the bounding set, cap_x is "
            "inheritable, ^cap_x is ambient. '' clears the inheritable and the ambient set, but root keeps its "
            "capabilities. none clears the bounding set too, so that even root has none; it requires CAP_SETPCAP.",
            "sets the inheritable set, then the ambient set, then drops capabilities from the bounding set. `where` "
            "names the set that was refused")

EXEC_OPTION(NO_NEW_PRIVS, NO_NEW_PRIVS, nullptr, nullptr, set_no_new_privs, "no-new-privs", nullptr, nullptr,
            "Prevent the program and its descendants from gaining privileges by executing a file.",
            "prctl(2), PR_SET_NO_NEW_PRIVS")

EXEC_OPTION(LANDLOCK, LANDLOCK, nullptr, check_landlock, use_landlock, "landlock", nullptr, nullptr,
            "Allow the program and its descendants to execute only this program, its ELF interpreter and memfds. Fail "
            "if Landlock is not available.",
            "from here on only the program, its ELF interpreter and memfds can be executed")

EXEC_OPTION(LANDLOCK_IF_POSSIBLE, LANDLOCK, nullptr, check_landlock_if_possible, use_landlock_if_possible,
            "landlock-if-possible", nullptr, nullptr, "Like --landlock, but continue if Landlock is not available.",
            "like `LANDLOCK`, but not a failure if Landlock is not available")

#undef EXEC_FLAG
#undef EXEC_OPTION
