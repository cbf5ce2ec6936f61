// SPDX-License-Identifier: MIT
// Whether libcap could be loaded when exeseal_caps_parse called it.
#pragma once

namespace exeseal_tool {

// The loader's message, which names the library. nullptr: libcap is loaded, or has not been called.
extern const char *libcap_trouble;

} // namespace exeseal_tool
