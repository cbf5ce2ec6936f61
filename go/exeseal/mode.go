// SPDX-License-Identifier: MIT

package exeseal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Mode says which strategies may make a clone. Its text is the name that JSON, flags and
// annotations use.
type Mode string

const (
	// ModeAutomatic uses the first strategy that works here.
	ModeAutomatic Mode = ""
	// ModeIndependentDataCopy makes a new copy, which shares no page with the source, or returns an
	// error.
	ModeIndependentDataCopy Mode = "independent-data-copy"
	// ModeROSharedPage makes a read-only view, which shares the source's pages and shows the
	// source's changes, or returns an error. The program must not find itself by
	// os.Readlink("/proc/self/exe"), which returns "/NAME" or "/".
	//
	// Unless the file has fs-verity, this mode mounts, which requires CAP_SYS_ADMIN over the mount
	// namespace and is EPERM for an ordinary user. An ordinary user can use
	// [ModeIndependentDataCopy] or [ModeAutomatic] instead.
	ModeROSharedPage Mode = "ro-shared-page"
)

// Annotation is the key of the OCI annotation that chooses a mode (runc pull request 5290). The
// annotation configures the runtime itself, so a runtime must list it among the potentially unsafe
// annotations.
const Annotation = "org.opencontainers.runc.clone-self-exe"

// Modes returns all modes.
func Modes() []Mode {
	modes := make([]Mode, len(abi.ModeNames))
	for i, name := range abi.ModeNames {
		modes[i] = Mode(name)
	}
	return modes
}

func (m Mode) number() (uint32, error) {
	if number := indexOf(abi.ModeNames, string(m)); number >= 0 {
		return uint32(number), nil
	}
	known := make([]string, len(abi.ModeNames))
	for i, name := range abi.ModeNames {
		known[i] = strconv.Quote(name)
	}
	return 0, fmt.Errorf("exeseal: unknown mode %q; use one of: %s", string(m), strings.Join(known, ", "))
}

// ParseMode returns the mode of a name. For any other text the error lists the names.
func ParseMode(text string) (Mode, error) {
	if _, err := Mode(text).number(); err != nil {
		return "", err
	}
	return Mode(text), nil
}

// ModeFromAnnotations returns the mode that a bundle's annotations choose, or [ModeAutomatic] if
// there is no such annotation. An error names the annotation.
func ModeFromAnnotations(annotations map[string]string) (Mode, error) {
	mode, err := ParseMode(annotations[Annotation])
	if err != nil {
		err = fmt.Errorf("annotation %s: %w", Annotation, err)
	}
	return mode, err
}

// String returns the mode's name.
func (m Mode) String() string { return string(m) }

// Set makes *Mode a flag.Value.
func (m *Mode) Set(text string) error { return m.UnmarshalText([]byte(text)) }

// MarshalText returns the mode's name, or an error if the mode does not exist.
func (m Mode) MarshalText() ([]byte, error) {
	_, err := m.number()
	return []byte(m), err
}

// UnmarshalText parses a mode's name, as [ParseMode] does. After an error m is unchanged.
func (m *Mode) UnmarshalText(text []byte) error {
	mode, err := ParseMode(string(text))
	if err == nil {
		*m = mode
	}
	return err
}
