// SPDX-License-Identifier: MIT

//go:build tools

// Package peers names the versions of runc that the tests run, so that go.sum has the checksums of
// everything that they are built from.
package peers

import _ "github.com/opencontainers/runc"
