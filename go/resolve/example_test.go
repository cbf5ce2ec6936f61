// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package resolve_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/resolve"
)

func ExampleFind() {
	found, err := resolve.Find("sleep", resolve.Search{})
	if err != nil {
		log.Fatal(err) // the error names each refused candidate with the reason
	}
	defer found.File.Close()
	sealed, err := exeseal.CloneFile(found.File)
	if err != nil {
		log.Fatal(err)
	}
	defer sealed.Close()
	fmt.Println(sealed.Name() == found.File.Name())
	// Output: true
}

// A runtime may be in a directory of its own, and in the PATH of an ordinary user.
func ExampleSearch() {
	search := resolve.Search{Directories: []string{"/opt/runtimes/bin"}, Path: os.Getenv("PATH")}
	found, err := resolve.Find("sleep", search)
	if err != nil {
		log.Fatal(err)
	}
	defer found.File.Close()
	for _, line := range found.Refused {
		log.Print(line) // PATH: REASON
	}
	fmt.Println(filepath.Base(found.File.Name()))
	// Output: sleep
}

func ExampleFind_notFound() {
	_, err := resolve.Find("no-such-program", resolve.Search{Directories: []string{"/opt/runtimes/bin"}})
	fmt.Println(err)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// exeseal: resolve no-such-program: no such file or directory
	// true
}
