// SPDX-License-Identifier: MIT
// How arguments cross: scalars, strings and bytes in, an int out, bytes for the rest. seal.i and find.i have the functions.
//
// exeseal.h is never included here: SWIG would wrap it without a complaint and wrongly (a uint32_t* out-parameter becomes a pointer to an int of
// eight bytes, argv a pointer to string headers). Options, reports and infos cross as bytes of the C structs' own layout, which has fixed
// widths, no pointer and no padding. Whoever calls has the buffer, and the library checks its size. Every function is static: a Go program has one
// namespace for all of its C, and may have a probe() of its own.
%{
#include "exeseal.h"
%}

%include "stdint.i"

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
