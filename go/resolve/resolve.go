// SPDX-License-Identifier: MIT

package resolve

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/find"
)

// Search says where Find searches in addition to the system directories and /opt/NAME, and whether
// it accepts scripts.
type Search struct {
	// Directories are absolute directories, searched after the system directories.
	Directories []string

	// Path is a value of PATH, searched last. "" means none. A privileged process does not search
	// it.
	Path string

	// Script accepts a script and returns it. Otherwise the only accepted scripts are Nix wrappers,
	// and the program that they wrap is returned.
	Script bool
}

// Result is a program that can be trusted to run with the caller's privileges.
type Result struct {
	// File is the file that was checked, so that the program cannot change between check and use.
	// Its name is the path at which the program was found, before symbolic links are followed:
	// programs like crun and xz choose what to do by that name.
	File *os.File

	// Resolved is the path of the file without symbolic links. Behind a wrapper it is the path of
	// the wrapped program.
	Resolved string

	// Wrapper reports that a Nix wrapper was replaced by the program that it wraps. The environment
	// that the wrapper would set is not set.
	Wrapper bool

	// Refused has a line "PATH: REASON" for each candidate that exists and cannot be trusted, in the
	// order in which they were tried.
	Refused []string
}

// Find finds a program by its name, or checks the program at an absolute path. It accepts a program
// only if nobody but root and, unless the process is privileged, the effective user can have
// written the file or can replace it. exeseal_resolve(3) has the rules.
//
// Pass Result.File to [github.com/exeseal/exeseal/go/exeseal.CloneFile] to seal the program. Find
// also accepts a program that may be executed but not read; such a program cannot be cloned.
//
// The error is an *Error. It is fs.ErrNotExist if there is no such program, EPERM if every
// candidate was refused, and errors.ErrUnsupported without the C++ core. Result.Refused is set
// after a failure too.
func Find(name string, search Search) (Result, error) {
	found, errno := find.Found{}, syscall.EINVAL
	if query := search.query(name); search.isOneEach(query.Directories) && !strings.ContainsRune(query.Name+query.Directories+query.Path, 0) {
		found, errno = find.Program(query)
	}
	result := Result{Resolved: found.Resolved, Wrapper: found.Wrapper, Refused: linesOf(found.Why)}
	if errno != 0 {
		return result, &Error{Name: name, Errno: errno, Refused: result.Refused, Advice: found.Advice}
	}
	result.File = os.NewFile(uintptr(found.FD), found.Path)
	return result, nil
}

func (s Search) query(name string) find.Query {
	return find.Query{Name: name, Directories: strings.Join(s.Directories, ":"), Path: s.Path, Script: s.Script}
}

// isOneEach reports whether the joined list has exactly as many directories as s: a directory with
// ':' in its name would be split.
func (s Search) isOneEach(list string) bool {
	return len(s.Directories) == 0 || strings.Count(list, ":") == len(s.Directories)-1
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// MarshalJSON returns the object that `exeseal resolve --json` prints.
// If no program was found, path and resolved are null.
func (r Result) MarshalJSON() ([]byte, error) {
	type refusal struct {
		Path   string `json:"path"`
		Reason string `json:"reason"`
	}
	form := struct {
		Path     *string   `json:"path"`
		Resolved *string   `json:"resolved"`
		Wrapper  bool      `json:"wrapper"`
		Refused  []refusal `json:"refused"`
	}{Wrapper: r.Wrapper, Refused: []refusal{}}
	if r.File != nil {
		path := r.File.Name()
		form.Path, form.Resolved = &path, &r.Resolved
	}
	for _, line := range r.Refused {
		path, reason, _ := strings.Cut(line, ": ")
		form.Refused = append(form.Refused, refusal{path, reason})
	}
	return json.Marshal(form)
}

// Error is a search that found no program. errors.Is matches its Errno.
type Error struct {
	Name    string        // the name or path that was searched for
	Errno   syscall.Errno // why no program was found
	Refused []string      // as in Result
	Advice  string        // how to resolve ENOSYS without the C++ core; otherwise ""
}

// Error returns one line: the errno, each refused candidate with the reason, and the advice.
func (e *Error) Error() string {
	parts := []string{"exeseal: resolve"}
	if e.Name != "" {
		parts[0] += " " + e.Name
	}
	parts = append(parts, e.Errno.Error())
	if len(e.Refused) != 0 {
		parts = append(parts, strings.Join(e.Refused, "; "))
	}
	if e.Advice != "" {
		parts = append(parts, e.Advice)
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the errno.
func (e *Error) Unwrap() error { return e.Errno }
