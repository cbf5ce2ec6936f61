// SPDX-License-Identifier: MIT

//go:build tools

// Package peers holds the versions of runc that the tests run, so that go.sum has the sums of all that they are built of.
package peers

import _ "github.com/opencontainers/runc"
