// SPDX-License-Identifier: MIT

package resolve

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/find"
)

// Search says where Find looks besides the system's directories and /opt/NAME, and whether it accepts scripts.
type Search struct {
	Directories []string // absolute directories, searched after the system's
	Path        string   // a value of PATH, searched last; a privileged process does not search it. "": PATH is not searched
	Script      bool     // accept a script and return it. Otherwise only Nix's wrappers are accepted, and the program that they wrap is returned
}

// Result is a program that may be trusted to run with the caller's privileges.
type Result struct {
	File     *os.File // the very file that was judged: nothing can change between check and use. Its name is the path at which it was found, before links are followed: programs like crun and xz behave by that name
	Resolved string   // the path of the file without symbolic links; behind a wrapper, of the wrapped program
	Wrapper  bool     // a Nix wrapper stood in front; what it sets is not set
	Refused  []string // "PATH: REASON" of each candidate that exists and is not to be trusted, in the order tried
}

// Find finds a program by a name, or judges the one at an absolute path: nobody but root and, unless the process is privileged, the effective user
// can have put these bytes there, or can put others in their place. lib/include/exeseal.h has the rules, at exeseal_resolve. exeseal.CloneFile seals
// Result.File. A program that may be executed but not read is returned too, and cannot be cloned.
//
// The error is an *Error: fs.ErrNotExist if there is no such program, EPERM if every candidate was refused, errors.ErrUnsupported without
// the C++ core. Result.Refused is set in each case.
func Find(name string, search Search) (Result, error) {
	found, errno := find.Found{}, syscall.EINVAL
	if query := search.query(name); search.isOneEach(query.Directories) && !strings.ContainsRune(query.Name+query.Directories+query.Path, 0) {
		found, errno = find.Program(query)
	}
	result := Result{Resolved: found.Resolved, Wrapper: found.Wrapper, Refused: linesOf(found.Why)}
	if errno != 0 {
		return result, &Error{Name: name, Errno: errno, Refused: result.Refused}
	}
	result.File = os.NewFile(uintptr(found.FD), found.Path)
	return result, nil
}

func (s Search) query(name string) find.Query {
	return find.Query{Name: name, Directories: strings.Join(s.Directories, ":"), Path: s.Path, Script: s.Script}
}

// isOneEach is false if C would see more directories in the list than there are: one has a ':' in its name.
func (s Search) isOneEach(list string) bool {
	return len(s.Directories) == 0 || strings.Count(list, ":") == len(s.Directories)-1
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// MarshalJSON returns the object that `exeseal resolve --json` prints (docs/finding-programs.md); path and resolved are null if no program was found.
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

// Error is a search that found no program. errors.Is compares it with its errno.
type Error struct {
	Name    string        // what was looked for
	Errno   syscall.Errno // why nothing was found
	Refused []string      // as in Result
}

// Error has one line: the errno, and each candidate that was refused with the reason.
func (e *Error) Error() string {
	parts := []string{"exeseal: resolve"}
	if e.Name != "" {
		parts[0] += " " + e.Name
	}
	parts = append(parts, e.Errno.Error())
	if len(e.Refused) != 0 {
		parts = append(parts, strings.Join(e.Refused, "; "))
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the errno.
func (e *Error) Unwrap() error { return e.Errno }
