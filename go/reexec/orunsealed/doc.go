// SPDX-License-Identifier: MIT

// Package orunsealed is package reexec for programs that may run unsealed. If the program cannot be
// sealed, it prints the report on standard error and continues.
//
//	import _ "github.com/exeseal/exeseal/go/reexec/orunsealed"
//
// Import orunsealed in place of reexec. If a program imports both, the policy of orunsealed takes
// effect with cgo, and the policy of reexec without cgo.
package orunsealed
