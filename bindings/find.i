// SPDX-License-Identifier: MIT
// Finding a program that may be trusted: what go/resolve calls.
%include "bytes.i"

%inline %{
/* The descriptor, or -errno; text gets a line for each candidate that was refused. */
static int resolve(const char *name, const char *directories, const char *path, const void *options,
                   size_t options_size, void *resolution, size_t resolution_size, char *text, size_t text_size) {
    return exeseal_resolve(name, directories, path, options, options_size, resolution, resolution_size, text, text_size);
}
%}
