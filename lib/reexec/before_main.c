// SPDX-License-Identifier: MIT
/* Calls exeseal_reexec_self from .preinit_array, before main and before every constructor. */
#include "exeseal-reexec.h"

#include "exeseal.h"

#include <features.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#ifndef __GLIBC__
#error "glibc alone runs .preinit_array: call exeseal_reexec_self from main, or in Go use tag exeseal_purego"
#endif

void exeseal_reexec_before_main(int argc, char *argv[], char *envp[]);

// Exists only if the program defines it by EXESEAL_REEXEC_OR_RUN_UNSEALED. This is not a weak
// definition, because gcc 12 would treat the value of that as a constant.
__attribute__((weak)) extern const unsigned char exeseal_reexec_or_run_unsealed;

// These symbols exist only in a program. They are hidden so that no linker puts this object into a
// shared library. gold and lld would otherwise do so, and the dynamic loader silently ignores the
// .preinit_array of a library.
#define OF_THE_PROGRAM __attribute__((visibility("hidden")))
extern const char _start[] OF_THE_PROGRAM, __executable_start[] OF_THE_PROGRAM, _end[] OF_THE_PROGRAM;

// Accepts the symbol only if it lies inside the executable: a shared library, including one in
// LD_PRELOAD, may define it too and must not change the policy. It cannot be declared hidden,
// because gold would then resolve it in every program.
static int may_run_unsealed(void) {
    uintptr_t choice = (uintptr_t)&exeseal_reexec_or_run_unsealed;
    return choice >= (uintptr_t)__executable_start && choice < (uintptr_t)_end;
}

static void say(const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static void write_explanation(const struct exeseal_report *report) {
    static const char refused[] = "exeseal: this program cannot be sealed, so it was not started\n";
    static const char unsealed[] = "exeseal: this program cannot be sealed and runs unsealed\n";
    if (may_run_unsealed())
        say(unsealed, sizeof unsealed - 1);
    else
        say(refused, sizeof refused - 1);
    char text[4096];
    int length = exeseal_report_format(report, sizeof *report, text, sizeof text);
    if (length > 0)
        say(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

// Blocks SIGPIPE. If the reader of standard error has closed it, SIGPIPE would end a program that
// is to run unsealed, or replace the exit status.
static void explain(const struct exeseal_report *report) {
    static const struct timespec no_time = {0, 0};
    sigset_t sigpipe, pending, before;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, &sigpipe, &before);
    write_explanation(report);
    if (!sigismember(&pending, SIGPIPE))
        sigtimedwait(&sigpipe, NULL, &no_time);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void exeseal_reexec_before_main(int argc, char *argv[], char *envp[]) {
    __asm__ volatile("" : : "r"(_start));
    // Since Linux 5.18 the kernel guarantees an argv[0]. This does the same for older kernels
    // (CVE-2021-4034).
    char empty[] = "";
    char *const none[] = {empty, NULL};
    struct exeseal_report report;
    if (exeseal_reexec_self(argc > 0 ? argv : none, envp, NULL, 0, &report, sizeof report) == 0)
        return;
    explain(&report);
    if (!may_run_unsealed())
        _exit(EXESEAL_REEXEC_REFUSED);
}

// Not a constructor: the constructors of shared libraries run before the program's own, and
// .preinit_array runs before all of them. The linker accepts .preinit_array only in programs.
__attribute__((section(".preinit_array"),
               used)) static void (*const before_main)(int, char *[], char *[]) = exeseal_reexec_before_main;
