// SPDX-License-Identifier: MIT
// One row for each flag of exeseal_exec_options: what the library does, what the tool calls it, what the documents say.
//
// Include it after defining one or both of the macros:
//
// EXEC_FLAG(NAME)    EXESEAL_EXEC_NAME says how to execute, and sets nothing.
// EXEC_OPTION(NAME, STEP, check_values, check, apply, option, argument, parse, help, document)
//                    EXESEAL_EXEC_NAME sets something. The rows are in the order in which they are applied.
//
// STEP               EXESEAL_STEP_STEP is the step of its failures; DONE if it cannot fail
// check_values       in launch/profile.cc: refuses values that make no sense; nullptr if there are none
// check              in launch/profile.cc: what `apply` would return, without changing anything; nullptr if success
// apply              in launch/profile.cc: sets it for the calling thread or process
// option, argument   `exeseal run --option argument`; nullptr if it has no argument
// parse              in tools/exeseal/launch_options.cc: reads the argument; nullptr if there is none
// help               its text in `exeseal --help`
// document           its text in docs/launching.md, where tests/unit/exec_options_test.cc writes it

#ifndef EXEC_FLAG
#define EXEC_FLAG(...)
#endif
#ifndef EXEC_OPTION
#define EXEC_OPTION(...)
#endif

EXEC_FLAG(CHECK)
EXEC_FLAG(SCRIPT)

EXEC_OPTION(CLOSE_OTHERS, CLOSE_OTHERS, check_keep_count, check_keep, mark_others, "close-fds", nullptr, nullptr,
            "close all descriptors but 0, 1 and 2 and those of --keep-fd. Removes LISTEN_FDS and what belongs to it "
            "from the environment unless all of its descriptors are kept",
            "marks every descriptor but 0, 1, 2 and `keep` close-on-exec: what follows can still use them, and a "
            "failed call has closed nothing")

EXEC_OPTION(DEATH_SIGNAL, DEATH_SIGNAL, check_signal, nullptr, set_death_signal, "death-signal", "S",
            parse_death_signal, "a signal for it when exeseal's parent ends: TERM, KILL, or a number",
            "the signal when the *thread* that is the parent ends, not the process. If the parent has ended before, "
            "none comes")

EXEC_OPTION(DIRECTORY, DIRECTORY, check_descriptor, check_search, enter_directory, "chdir", "DIR", open_directory,
            "its working directory", "fchdir(2); the descriptor may be O_PATH")

EXEC_OPTION(UMASK, DONE, check_umask, nullptr, set_umask, "umask", "OCTAL", parse_umask,
            "permission bits that files it creates do not get", "umask(2)")

EXEC_OPTION(CAPABILITIES, CAPABILITIES, check_sets, check_capabilities, set_capabilities, "caps", "SETS",
            parse_capabilities,
            "capability sets as cap_iab(3) writes them: !cap_x leaves the bounding set, cap_x is inheritable, ^cap_x "
            "ambient; '' for nothing inheritable or ambient; none for no capability at all, even as root (requires "
            "CAP_SETPCAP)",
            "the inheritable set, the ambient set, then what leaves the bounding set; `where` names the set that was "
            "refused")

EXEC_OPTION(NO_NEW_PRIVS, NO_NEW_PRIVS, nullptr, nullptr, set_no_new_privs, "no-new-privs", nullptr, nullptr,
            "neither it nor what it starts gains privileges by executing a file", "prctl(2)")

EXEC_OPTION(LANDLOCK, LANDLOCK, nullptr, check_landlock, use_landlock, "landlock", nullptr, nullptr,
            "it, and everything that it starts, may execute nothing but itself and its ELF interpreter; an error where "
            "there is no Landlock",
            "nothing else may be executed from here on")

EXEC_OPTION(LANDLOCK_IF_POSSIBLE, LANDLOCK, nullptr, check_landlock_if_possible, use_landlock_if_possible,
            "landlock-if-possible", nullptr, nullptr, "the same, but no error where there is no Landlock",
            "the same, but no failure where there is no Landlock")

#undef EXEC_FLAG
#undef EXEC_OPTION
