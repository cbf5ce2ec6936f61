// SPDX-License-Identifier: MIT

// Package find is the core's search for a program that may be trusted.
package find

// Query is what is looked for, and where.
type Query struct {
	Name        string
	Directories string // separated by ':'
	Path        string // a value of PATH; "": PATH is not searched
	Script      bool   // accept a script
}

// Found is the program's descriptor and what is known of it. After an error it has Why alone.
type Found struct {
	FD       int
	Path     string
	Resolved string
	Wrapper  bool
	Why      string // a line for each candidate that was refused
}

// Options is struct exeseal_resolve_options, with the C struct's own layout.
type Options struct {
	Flags uint64
}

// Resolution is struct exeseal_resolution, with the C struct's own layout.
type Resolution struct {
	Flags    uint64
	Path     [2016]byte
	Resolved [2016]byte
}
