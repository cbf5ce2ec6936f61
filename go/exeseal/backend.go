// SPDX-License-Identifier: MIT

package exeseal

// Backend returns the implementation that was compiled in: "core" for the C++ core, "go" for the Go
// implementation that replaces it in builds without cgo, and "" on systems where every function
// returns [errors.ErrUnsupported].
func Backend() string { return backendName }
