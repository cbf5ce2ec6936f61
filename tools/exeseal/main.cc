// SPDX-License-Identifier: MIT
// Chooses the command, and prints help and version.
#include "commands.h"
#include "launch_options.h"
#include "message.h"
#include "text.h"

#include <cstdio>
#include <cstring>

using namespace exeseal_tool;

namespace {

constexpr const char *kHelpOfRun = R"(exeseal: seal an executable into a file descriptor and run it from there

exeseal run [OPTION...] [--] PROGRAM [ARG...]
    PROGRAM is a path, which is taken as it is, or a name, which is found as exeseal resolve does
  How it is sealed:
    --mode MODE,...    independent-data-copy, ro-shared-page, or '' for automatic; of several, the first that works
    --require G,...    guarantees that the result must give: read-only, sealed, x-sealed, own-pages, peer-sealed, landlock,
                       stable
    --max-bytes N      refuse a program that is larger
    --name NAME        what /proc/PID/exe shows, up to 63 bytes, instead of the program's own name
    --reclaimable      a file with fs-verity before a memfd: sealed, and the kernel can take its pages back; not for programs
                       that copy themselves again
    --small-pages      put no byte of a copy into huge pages
    --huge-pages       put a large copy into huge pages, even where free memory may be cold
    --drop-privileges  accept that setuid and setgid bits and file capabilities are lost
    --tmp-dir DIR      the first directory to try where a file has to do instead of a memfd
    --report[=json]    tell on standard error how it was found and sealed, or why not; with =json in one line
  How it is started:
)";

constexpr const char *kHelpOfOthers = R"(exeseal resolve [--json] [--dirs DIR:...] NAME|PATH
    Tells where a program lies that may be trusted: in the system's directories, /opt/NAME, DIRs, and in PATH
    unless exeseal runs as root or with other privileges. A line "resolved: PATH" follows if links or a wrapper lead to
    another file, and a line "wrapper" if there was a wrapper. On standard error: what was refused, and why.
    --json prints an object instead, with path, resolved, wrapper and refused: a list of objects with path and reason. If
    no program is found, path and resolved are null.
exeseal inspect [--json] PATH|PID|--fd N
    Tells what can be seen of a file, of the program that a process runs, or of a descriptor. A number is a PID; ./N
    is a file.
exeseal doctor [--json] [RUNTIME...]
    Tells which strategies work here, for this user, and what is in the way of the others; what each mode comes to; and
    which container runtimes, those found or those named, protect themselves. Ends with 0 if the automatic mode works,
    else with 125.
exeseal --version
exeseal --help

Called exeseal-NAME, as through a symbolic link, it is: exeseal run NAME ARG...

If exeseal run cannot start PROGRAM, and `--log FILE` and `--log-format json` are among PROGRAM's own options, as
container engines give them to a runtime, the reason is also appended to FILE as a line of JSON.

Ends with 125 if exeseal fails, 126 if PROGRAM is refused or cannot be run, 127 if it is not found, else as PROGRAM does.
)";

// "    --NAME ARGUMENT    HELP", as the other options stand above it.
void print_option(const LaunchOption &option) {
    constexpr size_t kIndent = 23;
    Sentence name;
    name.add("    --%s", option.name);
    if (option.argument != nullptr)
        name.add(" %s", option.argument);
    if (name.length >= kIndent)
        name.add("\n%*s", static_cast<int>(kIndent), "");
    printf("%-*s", static_cast<int>(kIndent), name.text);
    print_wrapped(option.help, kIndent, kIndent);
}

int print_help() {
    fputs(kHelpOfRun, stdout);
    for (const LaunchOption &option : launch_options)
        print_option(option);
    fputs(kHelpOfOthers, stdout);
    return 0;
}

constexpr const char *kLinkPrefix = "exeseal-";

const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

int print_version() {
    uint32_t version = exeseal_version();
    printf("exeseal %u.%u.%u\n", version >> 16, version >> 8 & 0xff, version & 0xff);
    return 0;
}

// What was to be printed and could not be is a failure.
int finish(int code) {
    bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
    if (!is_written)
        complain("standard output", "cannot be written");
    return is_written ? code : kFailed;
}

} // namespace

int main(int argc, char **argv) {
    const char *called = argc > 0 ? base_name(argv[0]) : "";
    if (strncmp(called, kLinkPrefix, strlen(kLinkPrefix)) == 0)
        return run_linked(called + strlen(kLinkPrefix), argv);
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "run") == 0)
        return run(argc - 1, argv + 1);
    if (strcmp(command, "resolve") == 0)
        return finish(resolve(argc - 1, argv + 1));
    if (strcmp(command, "inspect") == 0)
        return finish(inspect(argc - 1, argv + 1));
    if (strcmp(command, "doctor") == 0)
        return finish(doctor(argc - 1, argv + 1));
    if (strcmp(command, "--version") == 0)
        return finish(print_version());
    if (strcmp(command, "--help") == 0)
        return finish(print_help());
    complain(*command != '\0' ? command : "no command", "see exeseal --help");
    return kFailed;
}
