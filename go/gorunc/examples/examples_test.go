// SPDX-License-Identifier: MIT

//go:build linux

package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc/internal/containers"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestMain(m *testing.M) { containers.Main(m) }

// tag is the build tag of this test, if any. Go 1.23 does not keep it in debug.ReadBuildInfo for
// tests.
var tag string

// build compiles a package with this test's tag.
func build(t *testing.T, path string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-tags="+tag, "-o", program, path).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return program
}

// buildEmbedded compiles a copy of the example, with a runtime or without. The copy is in the
// module, in a directory that ./... does not match.
func buildEmbedded(t *testing.T, path string) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll("testdata", 0777))
	defer os.Remove("testdata") // if it is empty
	directory, err := os.MkdirTemp("testdata", "embedded")
	must(err)
	defer os.RemoveAll(directory)
	must(os.Mkdir(filepath.Join(directory, "runtime"), 0777))
	files := map[string]string{"main.go": "embedded/main.go", "runtime/.gitignore": "embedded/runtime/.gitignore"}
	if path != "" {
		files["runtime/runtime"] = path
	}
	for to, from := range files {
		text, err := os.ReadFile(from)
		must(err)
		must(os.WriteFile(filepath.Join(directory, to), text, 0666))
	}
	return build(t, "./"+directory)
}

func run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	return string(out), err
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in the output:\n%s", part, text)
		}
	}
}

func TestRuncDeleted(t *testing.T) {
	program := build(t, "./runc-deleted")
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		bundle := containers.Bundle(t, "echo hello from the container")
		out, err := run(t, program, append([]string{r.Path, bundle}, r.Args...)...)
		if err != nil {
			t.Error(err)
		}
		holds(t, out, "hello from the container", "memfd", "sealed", "no such file", "status 0")
	})
	t.Run("status", func(t *testing.T) {
		containers.Runc.Need(t)
		out, err := run(t, program, containers.Runc.Path, containers.Bundle(t, "exit 7"))
		if err == nil {
			t.Error("the exit status of a failed container is 0")
		}
		holds(t, out, "status 7")
	})
}

func TestEmbedded(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		program := buildEmbedded(t, r.Path)
		out, err := run(t, program, "version")
		if err != nil {
			t.Error(err)
		}
		holds(t, out, r.Name+" version")
		args := append([]string{"run", containers.Bundle(t, "echo hello from the container")}, append(r.Args, "--root", t.TempDir())...)
		if out, err = run(t, program, args...); err != nil {
			t.Error(err)
		}
		holds(t, out, "hello from the container")
	})
	t.Run("without a runtime", func(t *testing.T) {
		out, err := run(t, buildEmbedded(t, ""), "version")
		if err == nil {
			t.Error("a program without a runtime succeeds")
		}
		holds(t, out, "go generate")
	})
}

// viewSays returns what the example prints for a view, and whether a view is available here.
func viewSays() (ok bool, says []string) {
	for _, strategy := range []exeseal.Strategy{exeseal.StrategyOverlay, exeseal.StrategyBind} {
		if _, err := exeseal.Probe(strategy); err == nil {
			return true, []string{`mode "ro-shared-page": ` + string(strategy) + ", read-only", "hello"}
		}
	}
	return false, []string{"exeseal: clone", "overlay: ", "bind: "}
}

func TestAnnotation(t *testing.T) {
	program := build(t, "github.com/exeseal/exeseal/go/examples/annotation")
	hasView, view := viewSays()
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		for _, test := range []struct {
			annotation string
			ok         bool
			says       []string
		}{
			{"", true, []string{`mode "": memfd`, "hello"}},
			{"independent-data-copy", true, []string{`mode "independent-data-copy": memfd`, "own-pages", "hello"}},
			{"ro-shared-page", hasView, view},
			{"independant-data-copy", false, []string{"independent-data-copy", "ro-shared-page"}},
		} {
			bundle := containers.Bundle(t, "echo hello", func(spec *specs.Spec) {
				if test.annotation != "" {
					spec.Annotations = map[string]string{exeseal.Annotation: test.annotation}
				}
			})
			out, err := run(t, program, append([]string{r.Path, bundle, "--root", t.TempDir()}, r.Args...)...)
			if (err == nil) != test.ok {
				t.Errorf("%q: %v", test.annotation, err)
			}
			holds(t, out, test.says...)
			if !test.ok && strings.Contains(out, "hello") {
				t.Errorf("%q: the container ran", test.annotation)
			}
		}
	})
}
