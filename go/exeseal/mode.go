// SPDX-License-Identifier: MIT

package exeseal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Mode says which strategies may make a sealed executable. It is what is stored and shown, in JSON, flags and annotations.
type Mode string

const (
	// ModeAutomatic is the strongest strategy that works here.
	ModeAutomatic Mode = ""
	// ModeIndependentDataCopy is a fresh copy with pages of its own, or an error.
	ModeIndependentDataCopy Mode = "independent-data-copy"
	// ModeROSharedPage is a read-only view, which shares the source's pages and shows its changes, or an error. The program that runs from it
	// must not look for itself by os.Readlink("/proc/self/exe"): it would find "/NAME". It takes the C++ core.
	// It mounts, which requires CAP_SYS_ADMIN over the mount namespace: for an ordinary user it is EPERM, unless the file has fs-verity. Use
	// ModeIndependentDataCopy then, or ModeAutomatic.
	ModeROSharedPage Mode = "ro-shared-page"
)

// Annotation is the key of the OCI annotation that chooses a mode (runc pull request 5290). A runtime must list it among the annotations
// that are potentially unsafe, since it configures the runtime itself.
const Annotation = "org.opencontainers.runc.clone-self-exe"

// Modes lists them all.
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
	return 0, fmt.Errorf("exeseal: there is no mode %q; there are: %s", string(m), strings.Join(known, ", "))
}

// ParseMode gives the mode of a name. The error for any other text lists the names.
func ParseMode(text string) (Mode, error) {
	if _, err := Mode(text).number(); err != nil {
		return "", err
	}
	return Mode(text), nil
}

// ModeFromAnnotations returns the mode that a bundle's annotations choose; without the annotation, ModeAutomatic. An error names the annotation.
func ModeFromAnnotations(annotations map[string]string) (Mode, error) {
	mode, err := ParseMode(annotations[Annotation])
	if err != nil {
		err = fmt.Errorf("annotation %s: %w", Annotation, err)
	}
	return mode, err
}

// String is the name itself.
func (m Mode) String() string { return string(m) }

// Set makes a *Mode a flag.Value.
func (m *Mode) Set(text string) error { return m.UnmarshalText([]byte(text)) }

// MarshalText refuses a mode that does not exist.
func (m Mode) MarshalText() ([]byte, error) {
	_, err := m.number()
	return []byte(m), err
}

// UnmarshalText refuses a name that does not exist.
func (m *Mode) UnmarshalText(text []byte) error {
	mode, err := ParseMode(string(text))
	if err == nil {
		*m = mode
	}
	return err
}
