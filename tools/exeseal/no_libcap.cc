// SPDX-License-Identifier: MIT
// Rejects --caps in a tool that was built without libexeseal-caps.
#include "exeseal-caps.h"
#include "libcap.h"

#include <cerrno>

namespace exeseal_tool {

const char *libcap_trouble = nullptr;

}

int exeseal_caps_parse(const char * /*text*/, struct exeseal_exec_options * /*options*/) {
    exeseal_tool::libcap_trouble = "this exeseal was built without it";
    return -ENOTSUP;
}
