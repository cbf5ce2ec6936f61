// SPDX-License-Identifier: MIT
// Seals, inspects and formats reports; called by go/exeseal.
%include "bytes.i"

%{
#include <errno.h>
#include <string.h>

/* Writes a name and its NUL. Returns its length, or -ENOENT past the end of the list. */
static int copy_name(const char *name, char *text, size_t text_size) {
    size_t length = name != NULL ? strlen(name) : 0;
    if (name == NULL)
        return -ENOENT;
    if (length >= text_size)
        return -ERANGE;
    memcpy(text, name, length + 1);
    return (int)length;
}
%}

%inline %{
static int clone_descriptor(int source_fd, const void *options, size_t options_size, void *report, size_t report_size) {
    return exeseal_clone(source_fd, options, options_size, report, report_size);
}

static int clone_self(const void *options, size_t options_size, void *report, size_t report_size) {
    return exeseal_clone_self(options, options_size, report, report_size);
}

static int clone_memory(const void *bytes, size_t length, const void *options, size_t options_size, void *report,
                        size_t report_size) {
    return exeseal_clone_memory(bytes, length, options, options_size, report, report_size);
}

static int probe(uint32_t strategy, void *report, size_t report_size) {
    return exeseal_probe(strategy, report, report_size);
}

static int inspect(int fd, void *info, size_t info_size) { return exeseal_inspect(fd, info, info_size); }

static int inspect_self(void *info, size_t info_size) { return exeseal_inspect_self(info, info_size); }

/* Returns the length of the whole text, or -errno. */
static int format_report(const void *written, size_t written_size, char *text, size_t text_size) {
    return exeseal_report_format(written, written_size, text, text_size);
}

static int errno_name(int error, char *text, size_t text_size) {
    return copy_name(exeseal_errno_name(error), text, text_size);
}

/* Writes the advice and a NUL. Returns its length, or -ENOENT without advice. */
static int advice(uint32_t strategy, uint32_t step, int error, char *text, size_t text_size) {
    return copy_name(exeseal_advice(strategy, step, error), text, text_size);
}
%}
