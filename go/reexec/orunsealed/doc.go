// SPDX-License-Identifier: MIT

// Package orunsealed is go/reexec for programs that would rather run unsealed than not at all: where they cannot be sealed, they say so on
// standard error, with the report, and go on.
//
//	import _ "github.com/exeseal/exeseal/go/reexec/orunsealed"
//
// Import it in place of go/reexec. In a program that imports both, this one counts with cgo, and go/reexec without.
package orunsealed
