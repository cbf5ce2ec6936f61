// SPDX-License-Identifier: MIT

// Prints whether runc's own check accepts a file as a clone: descriptor N, or without an argument
// the running program.
//
//	iscloned [N]
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/opencontainers/runc/libcontainer/exeseal"
)

func isCloned(arguments []string) (bool, error) {
	if len(arguments) == 0 {
		return exeseal.IsSelfExeCloned(), nil
	}
	number, err := strconv.Atoi(arguments[0])
	if err != nil {
		return false, err
	}
	return exeseal.IsCloned(os.NewFile(uintptr(number), "inherited")), nil
}

func main() {
	cloned, err := isCloned(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("cloned:", cloned)
}
