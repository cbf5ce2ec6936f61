# SPDX-License-Identifier: MIT
# For the scripts here: skips where there is no Go 1.21, and fails with a reason.

fail() {
    echo "FAILED: $*"
    exit 1
}

if ! command -v go >/dev/null || ! printf 'go1.21\n%s\n' "$(go env GOVERSION)" | sort -VC; then
    echo "skip go: no Go 1.21 or newer"
    exit 77
fi
export GOFLAGS="-buildvcs=false"
