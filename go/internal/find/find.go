// SPDX-License-Identifier: MIT

// Package find calls the core's search for a trusted program.
package find

// Query says which program to search for, and where.
type Query struct {
	Name        string
	Directories string // separated by ':'
	Path        string // a value of PATH; "": PATH is not searched
	Script      bool   // accept a script
}

// Found is the program's descriptor with its paths. After an error only Why and Advice are
// set.
type Found struct {
	FD       int
	Path     string
	Resolved string
	Wrapper  bool
	Why      string // a line for each refused candidate
	Advice   string // how to resolve an error that the candidates do not explain
}

// Options is struct exeseal_resolve_options, with the layout of the C struct.
type Options struct {
	Flags uint64
}

// Resolution is struct exeseal_resolution, with the layout of the C struct.
type Resolution struct {
	Flags    uint64
	Path     [2016]byte
	Resolved [2016]byte
}
