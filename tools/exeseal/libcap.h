// SPDX-License-Identifier: MIT
// Says whether libcap could be loaded when exeseal_caps_parse called it.
#pragma once

namespace exeseal_tool {

// Why libcap is not available, such as the message of the loader; nullptr if there was no error.
extern const char *libcap_trouble;

} // namespace exeseal_tool
