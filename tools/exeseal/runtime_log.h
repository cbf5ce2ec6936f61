// SPDX-License-Identifier: MIT
// The log in which the caller of a container runtime looks for the runtime's last error.
#pragma once

namespace exeseal_tool {

// Appends the message to FILE as the runtime would, as one line of JSON, if `--log FILE` and
// `--log-format json` are among the runtime's own arguments. containerd and podman start a runtime
// like this and show what they find there; standard error is lost. Does nothing for any other call.
void log_failure(char *const arguments[], const char *message);

} // namespace exeseal_tool
