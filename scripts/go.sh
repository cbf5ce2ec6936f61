# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Selects the Go that the scripts use. Source this file.

# use_go: puts a Go that is new enough for go.mod on PATH: the one on PATH if it qualifies, else the
# newest of Debian's golang-1.N packages. Returns 1 if there is no such Go.
use_go() {
    local directory minor
    for directory in "" $(printf '%s\n' /usr/lib/go-1.*/bin | sort -rV); do
        minor=$(GOTOOLCHAIN=local "${directory:+$directory/}go" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p') || minor=
        [ "${minor:-0}" -ge 21 ] || continue
        PATH=${directory:+$directory:}$PATH
        export PATH
        return 0
    done
    return 1
}
