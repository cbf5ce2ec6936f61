// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// expected are the ELF files that the guest may have: its init, the containers' files, and the
// libraries of a runtime that is not static.
var expected = []string{"/sbin/init", rootfs + "/", "/usr/lib/", "/lib/", "/lib64/"}

// programs lists the files of the guest's tree that are the runtime, or ELF files that are not
// expected, whatever their names.
func programs() (found []string, err error) {
	runtime, err := files.ReadFile("runtime/runtime")
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		if path == "/proc" || path == "/sys" {
			return fs.SkipDir
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Equal(content, runtime) || bytes.HasPrefix(content, []byte("\x7fELF")) && !isExpected(path) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

func isExpected(path string) bool {
	for _, prefix := range expected {
		if path == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func noPrograms() error {
	found, err := programs()
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("there are %v", found)
	}
	return err
}

// hasRuntimesBytes compares the file with the embedded runtime.
func hasRuntimesBytes(f *os.File) error {
	runtime, err := files.ReadFile("runtime/runtime")
	if err != nil {
		return err
	}
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<30))
	if err == nil && !bytes.Equal(content, runtime) {
		err = fmt.Errorf("other bytes")
	}
	return err
}
