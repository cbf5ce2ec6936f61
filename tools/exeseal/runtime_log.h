// SPDX-License-Identifier: MIT
// Writes to the log in which a container engine looks for the last error of its runtime.
#pragma once

namespace exeseal_tool {

// Appends the message to FILE as one line of JSON, as the runtime would, if its arguments contain
// `--log FILE` and `--log-format json`. containerd and podman start a runtime like this and show
// the message to the user, but discard standard error. Otherwise does nothing.
void log_failure(char *const arguments[], const char *message);

} // namespace exeseal_tool
