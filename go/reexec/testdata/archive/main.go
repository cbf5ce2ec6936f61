// SPDX-License-Identifier: MIT

// Command archive becomes a part of a C program by -buildmode=c-archive.
package main

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"

	_ "github.com/exeseal/exeseal/go/reexec"
)

//export show
func show() {
	exe, err := os.Readlink("/proc/self/exe")
	fmt.Println(exe, err)
}

func main() {}
