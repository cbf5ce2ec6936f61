// SPDX-License-Identifier: MIT
// Typemaps: arguments are scalars, strings and bytes; results are an int and bytes.
//
// seal.i and find.i declare the functions. Do not include exeseal.h for SWIG: it would wrap the
// header without a warning, but wrongly. For example, a uint32_t* out-parameter becomes a pointer
// to an int of eight bytes, and argv a pointer to string headers.
//
// Options, reports and infos are passed as bytes in the layout of the C structs, which has fixed
// widths, no pointer and no padding. The caller provides the buffer, and the library checks its
// size. Every function is static, because a Go program has one namespace for all of its C code and
// may define its own probe().
%{
#include "exeseal.h"
%}

%include "stdint.i"

#ifdef SWIGGO
// Passes a slice in place for the duration of the call. cgo allows this if the object that contains
// the slice holds no Go pointer.
%define EXESEAL_BYTES(POINTER, SIZE)
%typemap(gotype) (POINTER, SIZE) "[]byte"
%typemap(imtype) (POINTER, SIZE) "[]byte"
%typemap(in) (POINTER, SIZE) {
    $1 = $input.len != 0 ? ($1_ltype)$input.array : NULL;
    $2 = ($2_ltype)$input.len;
}
%enddef
// Passes bytes that end in a NUL. SWIG would copy a Go string without checking the result of
// malloc(3).
%typemap(gotype) const char * "[]byte"
%typemap(imtype) const char * "[]byte"
%typemap(in) const char * { $1 = (char *)$input.array; }
%typemap(freearg) const char * ""
#define EXESEAL_BYTES_IN(POINTER, SIZE) EXESEAL_BYTES(POINTER, SIZE)
#define EXESEAL_BYTES_OUT(POINTER, SIZE) EXESEAL_BYTES(POINTER, SIZE)
#endif

#ifdef SWIGPYTHON
// Holds the buffer during the call. Other threads run meanwhile (swig -threads), but cannot resize
// it. SWIG's pybuffer.i would release the buffer before the call.
%define EXESEAL_BUFFER(POINTER, SIZE, FLAGS)
%typemap(in) (POINTER, SIZE) (Py_buffer view = {0}) {
    if (PyObject_GetBuffer($input, &view, FLAGS) < 0)
        SWIG_fail;
    $1 = ($1_ltype)view.buf;
    $2 = ($2_ltype)view.len;
}
%typemap(freearg) (POINTER, SIZE) { PyBuffer_Release(&view$argnum); }
%enddef
// Encodes a text as the file system does. A text with a NUL is a ValueError; SWIG would cut it.
%typemap(in) const char * (PyObject *encoded = NULL) {
    if ($input != Py_None) {
        if (!PyUnicode_FSConverter($input, &encoded))
            SWIG_fail;
        $1 = PyBytes_AS_STRING(encoded);
    }
}
%typemap(freearg) const char * { Py_XDECREF(encoded$argnum); }
#define EXESEAL_BYTES_IN(POINTER, SIZE) EXESEAL_BUFFER(POINTER, SIZE, PyBUF_SIMPLE)
#define EXESEAL_BYTES_OUT(POINTER, SIZE) EXESEAL_BUFFER(POINTER, SIZE, PyBUF_WRITABLE)
#endif

#ifdef SWIGPYTHON
// Go passes an address instead: the program may lie in any object, and cgo would search all of it
// for pointers.
EXESEAL_BYTES_IN(const void *bytes, size_t length);
#endif
EXESEAL_BYTES_IN(const void *written, size_t written_size);
EXESEAL_BYTES_IN(const void *options, size_t options_size);
EXESEAL_BYTES_OUT(void *report, size_t report_size);
EXESEAL_BYTES_OUT(void *info, size_t info_size);
EXESEAL_BYTES_OUT(void *resolution, size_t resolution_size);
EXESEAL_BYTES_OUT(char *text, size_t text_size);
