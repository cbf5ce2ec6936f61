// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build is a way to build a program. With inGo, the init function seals it.
type build struct {
	name        string
	environment []string
	arguments   []string
	inGo        bool
}

var builds = []build{
	{name: "cgo"},
	{name: "pie", arguments: []string{"-buildmode=pie"}},
	{name: "static", arguments: []string{"-ldflags=-linkmode external -extldflags -static"}},
	{name: "race", arguments: []string{"-race"}},
	{name: "no cgo", environment: []string{"CGO_ENABLED=0"}, inGo: true},
	{name: "no cgo, pie", environment: []string{"CGO_ENABLED=0"}, arguments: []string{"-buildmode=pie"}, inGo: true},
}

// twoBuilds suffice for tests of different surroundings.
var twoBuilds = []build{builds[0], builds[4]}

// compile builds testdata/PROGRAM with a tag, or returns the program that an earlier test has
// built. Tag "plain" is the control.
func (b build) compile(t *testing.T, program, tag string) string {
	t.Helper()
	name := strings.NewReplacer(" ", "-", ",", "").Replace(b.name) + "-" + program + "-" + tag
	path := filepath.Join(directory, name, program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	arguments := append([]string{"build", "-buildvcs=false", "-tags=" + tag, "-o", path}, b.arguments...)
	cmd := exec.Command("go", append(arguments, "./testdata/"+program)...)
	cmd.Env = append(os.Environ(), b.environment...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build (%s): %v\n%s", b.name, err, output)
	}
	return path
}

// forEach runs a test with each build of a program.
func forEach(t *testing.T, builds []build, program, tag string, test func(t *testing.T, b build, path string)) {
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) { test(t, b, b.compile(t, program, tag)) })
	}
}

// directory has the built programs. All users can read it, because the tests also run as an
// ordinary user.
var directory = os.Getenv(directoryVariable)

const directoryVariable = "EXESEAL_TEST_PROGRAMS"

// child names the role of the test binary when a test runs it again as another program.
const child = "EXESEAL_TEST_CHILD"

var children = map[string]func(){}

func TestMain(m *testing.M) {
	os.Unsetenv("CGO_ENABLED") // each build sets its own
	if run := children[os.Getenv(child)]; run != nil {
		run()
	}
	os.Exit(withDirectory(m))
}

func withDirectory(m *testing.M) int {
	if directory != "" {
		return m.Run()
	}
	made, err := os.MkdirTemp("", "exeseal-reexec-")
	if err == nil {
		err = os.Chmod(made, 0755)
	}
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(made)
	directory = made
	os.Setenv(directoryVariable, made)
	return m.Run()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skip: this needs root")
	}
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skip: no %s", tool)
		}
	}
}

// outcome is the result of a program.
type outcome struct {
	code           int
	output, errors string
}

func run(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var output, errorOutput bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &errorOutput
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), output.String(), errorOutput.String()}
}
