// SPDX-License-Identifier: MIT
// What other languages call: scalars, strings and bytes in, an int out, bytes for the rest.
//
// exeseal.h is never included here: SWIG would wrap it without a complaint and wrongly (a uint32_t* out-parameter becomes a pointer to an int of
// eight bytes, argv a pointer to string headers). Options, reports and infos cross as bytes of the C structs' own layout, which has fixed
// widths, no pointer and no padding. Whoever calls has the buffer, and the library checks its size.
%module exeseal

%{
#include "exeseal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
%}

%include "stdint.i"

%ignore copy_name;

#ifdef SWIGGO
// A slice, used in place for the length of the call. cgo lets it pass if the object that it lies in holds no Go pointer.
%define EXESEAL_BYTES(POINTER, SIZE)
%typemap(gotype) (POINTER, SIZE) "[]byte"
%typemap(imtype) (POINTER, SIZE) "[]byte"
%typemap(in) (POINTER, SIZE) {
    $1 = $input.len != 0 ? ($1_ltype)$input.array : NULL;
    $2 = ($2_ltype)$input.len;
}
%enddef
// Bytes with a NUL at their end. Of a Go string SWIG makes a copy, and does not look at what malloc(3) answers.
%typemap(gotype) const char * "[]byte"
%typemap(imtype) const char * "[]byte"
%typemap(in) const char * { $1 = (char *)$input.array; }
%typemap(freearg) const char * ""
#define EXESEAL_BYTES_IN(POINTER, SIZE) EXESEAL_BYTES(POINTER, SIZE)
#define EXESEAL_BYTES_OUT(POINTER, SIZE) EXESEAL_BYTES(POINTER, SIZE)
#endif

#ifdef SWIGPYTHON
// The buffer is held during the call, in which other threads run (swig -threads): none of them can resize it. SWIG's pybuffer.i gives it back
// before the call.
%define EXESEAL_BUFFER(POINTER, SIZE, FLAGS)
%typemap(in) (POINTER, SIZE) (Py_buffer view = {0}) {
    if (PyObject_GetBuffer($input, &view, FLAGS) < 0)
        SWIG_fail;
    $1 = ($1_ltype)view.buf;
    $2 = ($2_ltype)view.len;
}
%typemap(freearg) (POINTER, SIZE) { PyBuffer_Release(&view$argnum); }
%enddef
#define EXESEAL_BYTES_IN(POINTER, SIZE) EXESEAL_BUFFER(POINTER, SIZE, PyBUF_SIMPLE)
#define EXESEAL_BYTES_OUT(POINTER, SIZE) EXESEAL_BUFFER(POINTER, SIZE, PyBUF_WRITABLE)
#endif

#ifdef SWIGPYTHON
// Go passes an address: a program may lie in any object, and cgo would look for pointers in all of it.
EXESEAL_BYTES_IN(const void *bytes, size_t length);
#endif
EXESEAL_BYTES_IN(const void *written, size_t written_size);
EXESEAL_BYTES_IN(const void *options, size_t options_size);
EXESEAL_BYTES_OUT(void *report, size_t report_size);
EXESEAL_BYTES_OUT(void *info, size_t info_size);
EXESEAL_BYTES_OUT(void *resolution, size_t resolution_size);
EXESEAL_BYTES_OUT(char *text, size_t text_size);

// Static: a Go program has one namespace for all of its C, and may have a version() of its own.
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

/* The descriptor, or -errno; text gets a line for each candidate that was refused. */
static int resolve(const char *name, const char *directories, const char *path, const void *options,
                   size_t options_size, void *resolution, size_t resolution_size, char *text, size_t text_size) {
    return exeseal_resolve(name, directories, path, options, options_size, resolution, resolution_size, text, text_size);
}

/* The length of the whole text, or -errno. */
static int format_report(const void *written, size_t written_size, char *text, size_t text_size) {
    return exeseal_report_format(written, written_size, text, text_size);
}

/* The mode's number, or -errno. */
static int parse_mode(const char *name) {
    uint32_t mode = 0;
    int error = exeseal_mode_parse(name, &mode);
    return error < 0 ? error : (int)mode;
}

/* The bits, or -errno: there are fewer than 63. */
static int64_t parse_guarantees(const char *names) {
    uint64_t bits = 0;
    int error = exeseal_guarantee_parse(names, &bits);
    return error < 0 ? error : (int64_t)bits;
}

/* Writes a name and its NUL; its length, or -ENOENT past the end of the list. */
static int copy_name(const char *name, char *text, size_t text_size) {
    size_t length = name != NULL ? strlen(name) : 0;
    if (name == NULL)
        return -ENOENT;
    if (length >= text_size)
        return -ERANGE;
    memcpy(text, name, length + 1);
    return (int)length;
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

static int guarantee_name(uint32_t bit, char *text, size_t text_size) {
    return copy_name(exeseal_guarantee_name(bit), text, text_size);
}

static int evidence_name(uint32_t evidence, char *text, size_t text_size) {
    return copy_name(exeseal_evidence_name(evidence), text, text_size);
}

static int errno_name(int error, char *text, size_t text_size) {
    return copy_name(exeseal_errno_name(error), text, text_size);
}

/* The length of the advice and its NUL, or -ENOENT if there is none. */
static int advice(uint32_t strategy, uint32_t step, int error, char *text, size_t text_size) {
    return copy_name(exeseal_advice(strategy, step, error), text, text_size);
}

static uint32_t version(void) { return exeseal_version(); }
%}
