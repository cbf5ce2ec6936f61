// SPDX-License-Identifier: MIT
// Defines the functions of libcap that libexeseal-caps calls. The first call loads libcap and all
// calls are passed on to it, so that without --caps libcap is neither searched for nor initialised.
#include "libcap.h"

#include <cerrno>
#include <dlfcn.h>
#include <sys/capability.h>

namespace {

struct Libcap {
    decltype(&cap_iab_from_text) from_text;
    decltype(&cap_iab_get_vector) get_vector;
    decltype(&cap_free) free;
};

Libcap libcap;

template <typename Function> bool find(void *library, const char *name, Function &function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

bool load() {
    void *library = dlopen("libcap.so.2", RTLD_NOW | RTLD_LOCAL);
    return library != nullptr && find(library, "cap_iab_from_text", libcap.from_text) &&
           find(library, "cap_iab_get_vector", libcap.get_vector) && find(library, "cap_free", libcap.free);
}

} // namespace

namespace exeseal_tool {

const char *libcap_trouble = nullptr;

}

extern "C" {

cap_iab_t cap_iab_from_text(const char *text) {
    if (libcap.free == nullptr && !load()) {
        exeseal_tool::libcap_trouble = dlerror();
        errno = ELIBACC;
        return nullptr;
    }
    return libcap.from_text(text);
}

cap_flag_value_t cap_iab_get_vector(cap_iab_t tuple, cap_iab_vector_t vector, cap_value_t capability) {
    return libcap.get_vector(tuple, vector, capability);
}

int cap_free(void *tuple) {
    return libcap.free(tuple);
}
}
