// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"fmt"
	"os"
	"time"

	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
)

// checks are the cases of one test program, printed in GoogleTest's format.
type checks struct {
	name, output string
	failed       bool
}

// program runs one test program.
func program(name string, test func(*checks)) vm.Record {
	c := &checks{name: fmt.Sprintf("%s-%s-%s", os.Getenv("exeseal_runtime"), os.Getenv("exeseal_build"), name)}
	begin := time.Now()
	test(c)
	record := vm.Record{Name: "exeseal:containers / " + c.name, User: "root", Output: c.output, Result: "OK", Seconds: time.Since(begin).Seconds()}
	if c.failed {
		record.Result, record.ExitCode = "FAIL", 1
	}
	return record
}

// that is one case. It fails if there is an error. Returns whether it passed.
func (c *checks) that(what string, err error) bool {
	c.output += "[ RUN      ] " + what + "\n"
	if err != nil {
		c.failed = true
		c.output += err.Error() + "\n"
		fmt.Printf("FAILED  %s: %s: %v\n", c.name, what, err)
		return false
	}
	c.output += "[       OK ] " + what + "\n"
	fmt.Printf("ok      %s: %s\n", c.name, what)
	return true
}

// is returns an error that describes the difference.
func is[T comparable](got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%v, and not %v", got, want)
}
