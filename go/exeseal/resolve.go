// SPDX-License-Identifier: MIT

package exeseal

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Search says where Resolve looks besides the system's directories and /opt/NAME, and what it takes.
type Search struct {
	Directories []string // absolute ones, tried next
	Path        string   // a value of PATH, tried last, and never by a privileged process (lib/exeseal.h, at exeseal_resolve); "" if that is not to be used
	Script      bool     // a script will do, and is what comes out; else only Nix's wrappers are taken, and what comes out is the program in them
}

// Resolution is a program that may be trusted to run with the caller's privileges.
type Resolution struct {
	File     *os.File // the very file that was judged: nothing can change between check and use. Its name is the path at which it was found, before links are followed: programs like crun and xz behave by that name
	Resolved string   // the path of the file without symbolic links; behind a wrapper, of the wrapped program
	Wrapper  bool     // a Nix wrapper stood in front; what it sets is not set
	Refused  []string // "PATH: REASON" of each candidate that was there and is not to be trusted, in the order tried
}

// MarshalJSON gives the object that `exeseal resolve --json` prints (docs/resolve.md); path and resolved are null if no program was found.
func (r Resolution) MarshalJSON() ([]byte, error) {
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

// Resolve finds a program by a name, or judges the one at an absolute path: nobody but root and, unless the process is privileged, the effective user can have put these bytes there,
// or can put others in their place. lib/exeseal.h has the rules, at exeseal_resolve. CloneFile seals what comes out. A program that may be executed but not read comes out too, and cannot be cloned.
//
// An error is fs.ErrNotExist if there is none, and EPERM if every candidate was refused; the Resolution has the reasons.
// It takes the C++ core; without that it is errors.ErrUnsupported.
func Resolve(name string, search Search) (Resolution, error) {
	if !isSupported {
		return Resolution{}, errors.ErrUnsupported
	}
	var raw abi.Resolution
	fd, why := -int(syscall.EINVAL), ""
	asked := search.raw(name)
	isListed := len(search.Directories) == 0 || strings.Count(asked.Directories, ":") == len(search.Directories)-1
	if isListed && !strings.ContainsRune(asked.Name+asked.Directories+asked.Path, 0) { // where C would see their end, or one more
		fd, why = backend.Resolve(asked, &raw)
	}
	resolution := Resolution{Resolved: abi.Text(raw.Resolved[:]), Wrapper: raw.Flags&abi.ResolutionWrapper != 0}
	why = strings.TrimSuffix(why, "\n")
	if why != "" {
		resolution.Refused = strings.Split(why, "\n")
	}
	if fd < 0 {
		return resolution, &Error{Op: "resolve", Name: name, Errno: syscall.Errno(-fd), Report: Report{Strategy: "none", Evidence: "none", text: why}}
	}
	resolution.File = os.NewFile(uintptr(fd), abi.Text(raw.Path[:]))
	return resolution, nil
}

func (s Search) raw(name string) abi.Search {
	raw := abi.Search{Name: name, Directories: strings.Join(s.Directories, ":"), Path: s.Path}
	if s.Script {
		raw.Options.Flags |= abi.ResolveScript
	}
	return raw
}
