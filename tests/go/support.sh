# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Functions of the scripts here. Skips the test if there is no Go 1.21 or newer.

fail() {
    echo "FAILED: $*"
    exit 1
}

if ! command -v go >/dev/null || ! printf 'go1.21\n%s\n' "$(go env GOVERSION)" | sort -VC; then
    echo "skip go: no Go 1.21 or newer"
    exit 77
fi
export GOFLAGS="-buildvcs=false"
