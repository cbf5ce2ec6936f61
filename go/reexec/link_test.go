// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A library that is loaded after the program's start cannot make the program execute a copy.
func TestSharedLibraryDoesNotLink(t *testing.T) {
	output, err := exec.Command("go", "build", "-buildvcs=false", "-buildmode=c-shared", "-o", filepath.Join(t.TempDir(), "library.so"), "./testdata/archive").CombinedOutput()
	if err == nil {
		t.Error("a c-shared library links")
	}
	contains(t, string(output), ".preinit_array section is not allowed in DSO")
}

const callsShow = `
void show(void);
int main(void) {
    show();
    return 0;
}
`

func TestArchiveSealsTheProgramThatLinksIt(t *testing.T) {
	need(t, "cc")
	directory := t.TempDir()
	archive, source, program := filepath.Join(directory, "show.a"), filepath.Join(directory, "main.c"), filepath.Join(directory, "program")
	output, err := exec.Command("go", "build", "-buildvcs=false", "-buildmode=c-archive", "-o", archive, "./testdata/archive").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	check(t, os.WriteFile(source, []byte(callsShow), 0644))
	if output, err = exec.Command("cc", "-o", program, source, archive, "-lpthread").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	equal(t, "output", run(t, exec.Command(program)).output, "/memfd:program (deleted) <nil>\n")
}
