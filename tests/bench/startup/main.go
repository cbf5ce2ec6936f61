// SPDX-License-Identifier: MIT

//go:build linux

// Startup is a program that starts and ends. With tag sealed it runs from a sealed copy of itself.
// It always uses cgo, as container runtimes do.
package main

import "C"

import (
	"fmt"
	"log"
	"os"
	"syscall"
)

// With an argument, the program prints the file that it runs from and that file's memory.
func main() {
	if len(os.Args) == 1 {
		return
	}
	link, err := os.Readlink("/proc/self/exe")
	if err != nil {
		log.Fatal(err)
	}
	var file syscall.Stat_t
	if err := syscall.Stat("/proc/self/exe", &file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Blocks*512, link)
}
