// SPDX-License-Identifier: MIT

//go:build linux

package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/containers"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestMain(m *testing.M) { containers.Main(m) }

// build compiles an example. The embedded files that replace says are taken instead of what is in the tree.
func build(t *testing.T, name string, replace map[string]string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(overlay, text, 0600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return program
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
			t.Errorf("%q is not in what it says:\n%s", part, text)
		}
	}
}

func TestRuncDeleted(t *testing.T) {
	program := build(t, "runc-deleted", nil)
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
			t.Error("a container that fails is a success")
		}
		holds(t, out, "status 7")
	})
}

func TestEmbedded(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		place := filepath.Join(containers.Root(t), "go/examples/embedded/runtime/runtime")
		program := build(t, "embedded", map[string]string{place: r.Path})
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
		place := filepath.Join(containers.Root(t), "go/examples/embedded/runtime/runtime")
		out, err := run(t, build(t, "embedded", map[string]string{place: ""}), "version")
		if err == nil {
			t.Error("it succeeds")
		}
		holds(t, out, "go generate")
	})
}

func TestAnnotation(t *testing.T) {
	program := build(t, "annotation", nil)
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		for _, test := range []struct {
			annotation string
			ok         bool
			says       []string
		}{
			{"", true, []string{`mode "": memfd`, "hello"}},
			{"independent-data-copy", true, []string{`mode "independent-data-copy": memfd`, "own-pages", "hello"}},
			{"ro-shared-page", false, []string{"exeseal: clone"}},
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
