// SPDX-License-Identifier: MIT

//go:build linux

// Startup is a program that starts and ends. With the tag sealed it runs from a sealed copy of itself. It uses cgo in either case,
// as container runtimes do.
package main

import "C"

import (
	"fmt"
	"log"
	"os"
	"syscall"
)

// With an argument it says what it runs from, and how much memory that takes.
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
