// SPDX-License-Identifier: MIT
// Says whether libcap could be loaded when exeseal_caps_parse called it.
#pragma once

namespace exeseal_tool {

// The message of the loader, which names the library; nullptr if there was no error.
extern const char *libcap_trouble;

} // namespace exeseal_tool
