// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"fmt"
	"os"

	"github.com/exeseal/exeseal/go/exeseal"
	_ "github.com/exeseal/exeseal/go/reexec"
)

// The import is sufficient: this test runs from a sealed copy of itself.
func Example() {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer self.Close()
	info, err := exeseal.Inspect(self)
	fmt.Println(info.Guarantees.Has(exeseal.Sealed), err)
	// Output: true <nil>
}
