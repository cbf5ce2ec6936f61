// SPDX-License-Identifier: MIT
// Finds a trusted program; called by go/resolve.
%include "bytes.i"

%inline %{
/* Returns a descriptor or -errno; text gets a line for each refused candidate. */
static int resolve(const char *name, const char *directories, const char *path, const void *options,
                   size_t options_size, void *resolution, size_t resolution_size, char *text, size_t text_size) {
    return exeseal_resolve(name, directories, path, options, options_size, resolution, resolution_size, text, text_size);
}
%}
