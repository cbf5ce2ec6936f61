# Written by tools/exeseal/completions/generate. Do not edit.
set -l commands run resolve inspect doctor help
complete -c exeseal -f
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -s h -l help -d "Print this help"
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -s V -l version -d "Print the version"
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -a run -d 'Seal a program and run it'
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -a resolve -d 'Print the path of a program that may be trusted'
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -a inspect -d 'Print what the kernel reports about a file, a process or a descriptor'
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'Print what works on this host for this user, and why the rest does not'
complete -c exeseal -n "not __fish_seen_subcommand_from $commands" -a help -d 'Print this overview, or the help of a command'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l mode -x -a "(__fish_append , independent-data-copy ro-shared-page)" -d 'Use the first of these modes that works'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l require -x -a "(__fish_append , read-only sealed x-sealed own-pages peer-sealed landlock stable)" -d 'Fail unless the result gives all of these guarantees'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l max-bytes -x -d 'Fail if more than N bytes would have to be copied'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l name -x -d 'Show NAME in /proc/PID/exe instead of the name of the program'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l reclaimable -d 'Try a copy with fs-verity before a memfd'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l small-pages -d 'Do not use huge pages for the copy'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l huge-pages -d 'Use huge pages for a large copy, even where a hypervisor may have taken back free memory'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l drop-privileges -d 'Accept a program with set-user-ID or set-group-ID bit or file capabilities'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l tmp-dir -x -a "(__fish_complete_directories)" -d 'Try DIR before other directories where a copy must be a file'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l report -a "json" -d 'Print on standard error how the program was found and cloned, or why it was not'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l close-fds -d 'Close all descriptors except 0, 1, 2 and those given with --keep-fd'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l death-signal -x -a "HUP INT QUIT KILL USR1 USR2 TERM" -d 'Send the program SIGNAL, a name or a number, when the parent of exeseal ends'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l chdir -x -a "(__fish_complete_directories)" -d 'Start the program in directory DIR'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l umask -x -d 'Set the umask: permission bits that files created by the program do not get'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l caps -x -d 'Set the capability sets, in the format of cap_iab(3): !cap_x is dropped from the bounding set, cap_x is inheritable, ^cap_x is ambient'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l no-new-privs -d 'Prevent the program and its descendants from gaining privileges by executing a file'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l landlock -d 'Allow the program and its descendants to execute only this program, its ELF interpreter and memfds'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l landlock-if-possible -d 'Like --landlock, but continue if Landlock is not available'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l keep-fd -x -d 'Keep descriptor N open although --close-fds is given'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l clean-env -d 'Replace the environment by fixed values of PATH, HOME, USER, LOGNAME, TMPDIR and XDG_RUNTIME_DIR'
complete -c exeseal -n "__fish_seen_subcommand_from run" -l env -x -d 'Add NAME=VALUE to the environment'
complete -c exeseal -n "__fish_seen_subcommand_from run" -s h -l help -d 'Print this help'
complete -c exeseal -n "__fish_seen_subcommand_from run" -a "(__fish_complete_subcommand --fcs-skip=2)"
complete -c exeseal -n "__fish_seen_subcommand_from resolve" -l dirs -x -a "(__fish_complete_directories)" -d 'Search these directories too, before PATH'
complete -c exeseal -n "__fish_seen_subcommand_from resolve" -l json -d 'Print the result as a JSON object'
complete -c exeseal -n "__fish_seen_subcommand_from resolve" -s h -l help -d 'Print this help'
complete -c exeseal -n "__fish_seen_subcommand_from resolve" -a "(__fish_complete_command)"
complete -c exeseal -n "__fish_seen_subcommand_from inspect" -l fd -x -d 'Inspect the open file descriptor N, which exeseal has inherited'
complete -c exeseal -n "__fish_seen_subcommand_from inspect" -l json -d 'Print the result as a JSON object'
complete -c exeseal -n "__fish_seen_subcommand_from inspect" -s h -l help -d 'Print this help'
complete -c exeseal -n "__fish_seen_subcommand_from inspect" -F
complete -c exeseal -n "__fish_seen_subcommand_from doctor" -l json -d 'Print the result as a JSON object'
complete -c exeseal -n "__fish_seen_subcommand_from doctor" -s h -l help -d 'Print this help'
complete -c exeseal -n "__fish_seen_subcommand_from doctor" -a "(__fish_complete_command)"
complete -c exeseal -n "__fish_seen_subcommand_from help" -s h -l help -d 'Print this help'
complete -c exeseal -n "__fish_seen_subcommand_from help" -a "$commands"
