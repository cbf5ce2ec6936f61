// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"golang.org/x/sys/unix"
)

func TestAsAnOrdinaryUser(t *testing.T) {
	// built here, by a user who can build
	for _, tag := range []string{"plain", "sealed", "unsealed"} {
		forEach(t, builds, "show", tag, func(*testing.T, build, string) {})
	}
	ordinary.Run(t, "^Test(IsSealed|NothingElse|OneMemfd|Sealed|Refuses|Under)")
}

const wantedSeals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// shown returns the values that testdata/show has printed.
func shown(t *testing.T, ended outcome) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(ended.output), &fields); err != nil || ended.code != 0 {
		t.Fatalf("%v: %+v", err, ended)
	}
	return fields
}

func isSealed(t *testing.T, fields map[string]any) {
	t.Helper()
	equal(t, "program", fields["exe"], any("/memfd:show (deleted)"))
	equal(t, "seals", fields["seals"], any(float64(wantedSeals)))
}

func TestIsSealedFromTheFirstInit(t *testing.T) {
	forEach(t, builds, "show", "sealed", func(t *testing.T, b build, path string) {
		cmd := exec.Command(path)
		cmd.Env = []string{"SHOW_EARLIER=1"}
		ended := run(t, cmd)
		lines := strings.SplitAfter(ended.output, "\n")
		earlier := strings.Join(lines[:len(lines)-2], "")
		sealed := "earlier: /memfd:show (deleted)\n"
		if b.inGo { // this init function has also run in the unsealed program
			sealed = "earlier: " + path + "\n" + sealed
		}
		equal(t, "program at earlier inits", earlier, sealed)
		ended.output = lines[len(lines)-2]
		isSealed(t, shown(t, ended))
	})
}

// Everything that a program is started with is the same as for the same program without the import.
func TestNothingElseIsDifferent(t *testing.T) {
	forEach(t, builds, "show", "sealed", func(t *testing.T, b build, path string) {
		plain := b.compile(t, "show", "plain")
		for name, prepare := range starts {
			t.Run(name, func(t *testing.T) {
				sealed, control := startWith(t, path, prepare), startWith(t, plain, prepare)
				isSealed(t, sealed)
				equal(t, "control: program", control["exe"], any("PROGRAM"))
				for _, fields := range []map[string]any{sealed, control} {
					delete(fields, "exe")
					delete(fields, "seals")
				}
				if !reflect.DeepEqual(sealed, control) {
					t.Errorf("sealed: %v\nplain:  %v", sealed, control)
				}
			})
		}
	})
}

var pipeNumber = regexp.MustCompile(`pipe:\[[0-9]+\]`)

// startWith also checks that the PID is that of the started child.
func startWith(t *testing.T, path string, prepare func(*testing.T, *exec.Cmd)) map[string]any {
	t.Helper()
	cmd := exec.Command(path)
	cmd.Args[0] = "show"
	prepare(t, cmd)
	ended := run(t, cmd)
	ended.output = pipeNumber.ReplaceAllString(strings.ReplaceAll(ended.output, path, "PROGRAM"), "pipe")
	fields := shown(t, ended)
	equal(t, "pid", fields["pid"], any(float64(cmd.Process.Pid)))
	delete(fields, "pid")
	return fields
}

var starts = map[string]func(*testing.T, *exec.Cmd){
	"plainly": func(*testing.T, *exec.Cmd) {},
	"arguments with newlines": func(_ *testing.T, cmd *exec.Cmd) {
		cmd.Args = []string{"show\nit", "", "a\nb\n", "\xff=\t'\"", "--", "-test.run"}
	},
	"no name": func(_ *testing.T, cmd *exec.Cmd) { cmd.Args = []string{""} },
	"nearly 2 MB of arguments": func(_ *testing.T, cmd *exec.Cmd) {
		for i := 0; i < 15; i++ {
			cmd.Args = append(cmd.Args, strings.Repeat("x", 128<<10-1))
		}
	},
	"no environment":    func(_ *testing.T, cmd *exec.Cmd) { cmd.Env = []string{} },
	"odd environment":   func(_ *testing.T, cmd *exec.Cmd) { cmd.Env = []string{"EMPTY=", "LINES=a\nb", "NOTHING", "=C:=x"} },
	"another directory": func(_ *testing.T, cmd *exec.Cmd) { cmd.Dir = "/usr/bin" },
	"input": func(_ *testing.T, cmd *exec.Cmd) {
		cmd.Stdin = strings.NewReader("what comes in")
		cmd.Env = []string{"SHOW_INPUT=1"}
	},
	"ExtraFiles": func(t *testing.T, cmd *exec.Cmd) {
		for _, path := range []string{"/dev/null", "/dev/zero", "/etc/passwd"} {
			f, err := os.Open(path)
			check(t, err)
			t.Cleanup(func() { f.Close() })
			cmd.ExtraFiles = append(cmd.ExtraFiles, f, nil) // closed numbers in between
		}
	},
	"another session":       func(_ *testing.T, cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} },
	"descriptors with gaps": byShell("exec 9</dev/null 77</dev/zero", "bash"),
	"no standard input":     byShell("exec <&-"),
	"no standard error":     byShell("exec 2>&-"),
	"umask":                 byShell("umask 0137"),
	"ignored SIGHUP":        byShell("trap '' HUP INT"),
	"limit":                 byShell("ulimit -Sn 200"),
	"another name":          func(_ *testing.T, cmd *exec.Cmd) { cmd.Args = []string{"/a/name that is too long for comm"} },
	"blocked signals":       byEnv("--block-signal=USR1,PIPE,HUP,CHLD"),
}

// byShell makes a shell, sh unless another one is named, run a command and then execute the
// program.
func byShell(command string, shell ...string) func(*testing.T, *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) {
		become(t, cmd, append(shell, "sh")[0], "-c", command+`; exec "$0"`)
	}
}

func byEnv(option string) func(*testing.T, *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) { become(t, cmd, "env", option) }
}

// become makes another program execute the command's program.
func become(t *testing.T, cmd *exec.Cmd, starter ...string) {
	t.Helper()
	need(t, starter[0])
	path, err := exec.LookPath(starter[0])
	check(t, err)
	cmd.Args = append(append(starter[:len(starter):len(starter)], cmd.Path), cmd.Args[1:]...)
	cmd.Path = path
}

// Go installs a handler for SIGPIPE in any program, so its children do not inherit an ignored
// SIGPIPE. With cgo the import changes nothing. Without cgo the first program has installed the
// handler before it executes the copy.
func TestIgnoredSIGPIPE(t *testing.T) {
	forEach(t, twoBuilds, "show", "sealed", func(t *testing.T, b build, path string) {
		sealed := startWith(t, path, byShell("trap '' PIPE TERM USR1"))
		control := startWith(t, b.compile(t, "show", "plain"), byShell("trap '' PIPE TERM USR1"))
		equal(t, "ignored", fmt.Sprint(sealed["status"]), fmt.Sprint(control["status"]))
	})
}

// A call that the kernel restarts has no number as its result and appears a second time in the
// trace.
var memfdOrExec = regexp.MustCompile(`(memfd_create|execve|execveat)(?:\(| resumed>).*= -?\d`)

// calls counts system calls of a traced start.
func calls(t *testing.T, cmd *exec.Cmd) map[string]int {
	t.Helper()
	need(t, "strace")
	trace := filepath.Join(t.TempDir(), "trace")
	become(t, cmd, "strace", "-f", "-qq", "-e", "trace=memfd_create,execve,execveat", "-o", trace)
	ended := run(t, cmd)
	text, err := os.ReadFile(trace)
	check(t, err)
	if ended.code != 0 {
		t.Fatalf("%+v\n%s", ended, text)
	}
	t.Logf("%s", text)
	count := map[string]int{}
	for _, match := range memfdOrExec.FindAllStringSubmatch(string(text), -1) {
		count[match[1]]++
	}
	return count
}

// exec returns the name of the call that executes the copy: syscall.Exec accepts only a path.
func (b build) exec() string {
	if b.inGo {
		return "execve"
	}
	return "execveat"
}

func TestOneMemfdAndOneExec(t *testing.T) {
	forEach(t, builds, "show", "sealed", func(t *testing.T, b build, path string) {
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), "SHOW_NOTHING=1")
		want := map[string]int{"execve": 1, "memfd_create": 1}
		want[b.exec()]++
		equal(t, "calls", fmt.Sprint(calls(t, cmd)), fmt.Sprint(want))
		again := exec.Command(path)
		again.Env = append(cmd.Env, "SHOW_AGAIN=1")
		want["execve"]++
		equal(t, "calls, and once more from the sealed file", fmt.Sprint(calls(t, again)), fmt.Sprint(want))
	})
	forEach(t, twoBuilds, "show", "plain", func(t *testing.T, b build, path string) {
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), "SHOW_NOTHING=1")
		equal(t, "control: calls", fmt.Sprint(calls(t, cmd)), "map[execve:1]")
	})
}

func TestSealedBySomeoneElse(t *testing.T) {
	forEach(t, twoBuilds, "show", "sealed", func(t *testing.T, b build, path string) {
		f, err := exeseal.ClonePath(path, exeseal.WithName("by-another"))
		check(t, err)
		defer f.Close()
		link, err := exeseal.CommandPath(f)
		check(t, err)
		cmd := exec.Command(link)
		cmd.Env = append(os.Environ(), "SHOW_NOTHING=1")
		equal(t, "calls", fmt.Sprint(calls(t, cmd)), "map[execve:1]")
		equal(t, "program", shown(t, run(t, exec.Command(link)))["exe"], any("/memfd:by-another (deleted)"))
	})
}
