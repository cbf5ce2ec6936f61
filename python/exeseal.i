// SPDX-License-Identifier: MIT
// The private module exeseal._exeseal: the functions that Go uses, the names, for which Go has its
// own tables, and the check of an executable. SWIG calls the C module of %module exeseal _exeseal.
%module exeseal

%include "seal.i"
%include "find.i"

%inline %{
/* Returns the bits, which are fewer than 63, or -errno. */
static int64_t parse_guarantees(const char *names) {
    uint64_t bits = 0;
    int error = exeseal_guarantee_parse(names, &bits);
    return error < 0 ? error : (int64_t)bits;
}

static int mode_name(uint32_t mode, char *text, size_t text_size) {
    return copy_name(exeseal_mode_name(mode), text, text_size);
}

static int strategy_name(uint32_t strategy, char *text, size_t text_size) {
    return copy_name(exeseal_strategy_name(strategy), text, text_size);
}

static int step_name(uint32_t step, char *text, size_t text_size) {
    return copy_name(exeseal_step_name(step), text, text_size);
}

static int evidence_name(uint32_t evidence, char *text, size_t text_size) {
    return copy_name(exeseal_evidence_name(evidence), text, text_size);
}

static int guarantee_name(uint32_t bit, char *text, size_t text_size) {
    return copy_name(exeseal_guarantee_name(bit), text, text_size);
}

/* Returns 0, or the error that the execution of fd would return, with its cause in the report. */
static int check(int fd, void *report, size_t report_size) {
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK | EXESEAL_EXEC_SCRIPT};
    char *argv[] = {"", NULL};
    return exeseal_exec_fd(fd, argv, NULL, &options, sizeof options, report, report_size);
}

static uint32_t version(void) { return exeseal_version(); }
%}

// For a test, which compares them with the layouts in Python.
%constant int CLONE_OPTIONS_SIZE = sizeof(struct exeseal_clone_options);
%constant int INFO_SIZE = sizeof(struct exeseal_info);
%constant int REPORT_SIZE = sizeof(struct exeseal_report);
%constant int RESOLUTION_SIZE = sizeof(struct exeseal_resolution);
