// SPDX-License-Identifier: MIT
// The Python module: the functions that Go uses, and the names, for which Go has its own tables.
%module exeseal

%include "seal.i"
%include "find.i"

%inline %{
/* Returns the mode's number, or -errno. */
static int parse_mode(const char *name) {
    uint32_t mode = 0;
    int error = exeseal_mode_parse(name, &mode);
    return error < 0 ? error : (int)mode;
}

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

static uint32_t version(void) { return exeseal_version(); }
%}
