// SPDX-License-Identifier: MIT

package exeseal

import (
	"fmt"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Guarantees is a set of properties that a clone has. Its text, in flags, JSON and
// configuration files, is the comma-separated list that String returns.
type Guarantees uint64

const (
	// ReadOnly means that the file cannot be written through the descriptor or /proc/PID/exe.
	ReadOnly Guarantees = abi.GuaranteeReadOnly
	// Sealed means that nobody, root included, can change the bytes that will run.
	Sealed Guarantees = abi.GuaranteeSealed
	// XSealed means that the x bits are sealed too (Linux 6.3). runc and other programs that
	// compare the seals for equality copy such a memfd again.
	XSealed Guarantees = abi.GuaranteeXSealed
	// OwnPages means that the result shares no page with the source.
	OwnPages Guarantees = abi.GuaranteeOwnPages
	// PeerSealed means that runc, crun, LXC and youki accept the result as cloned and do not copy
	// it again. A report claims PeerSealed and Landlock for a script too, although the kernel
	// executes the script's interpreter from its path. Inspect reads the image and claims neither.
	PeerSealed Guarantees = abi.GuaranteePeerSealed
	// Landlock means that the program can run under a Landlock ruleset that allows no path.
	Landlock Guarantees = abi.GuaranteeLandlock
	// Stable means that the source could not change while it was read. If the evidence is a lease,
	// nobody had the source open for writing. A process that pinned a page of the source earlier,
	// or that writes to the device or image below the source's file system, could still have
	// changed it.
	Stable Guarantees = abi.GuaranteeStable
)

// ParseGuarantees parses a comma-separated list of names, the format that String returns. The empty
// string means no guarantees.
func ParseGuarantees(text string) (Guarantees, error) {
	var bits Guarantees
	if text == "" || text == "none" {
		return 0, nil
	}
	for _, name := range strings.Split(text, ",") {
		bit := indexOf(abi.GuaranteeNames, name)
		if bit < 0 {
			return 0, fmt.Errorf("exeseal: unknown guarantee %q; use these names: %s", name, strings.Join(abi.GuaranteeNames, ", "))
		}
		bits |= 1 << bit
	}
	return bits, nil
}

func indexOf(list []string, text string) int {
	for i, entry := range list {
		if entry == text {
			return i
		}
	}
	return -1
}

// Has reports whether g contains all wanted guarantees.
func (g Guarantees) Has(wanted Guarantees) bool { return g&wanted == wanted }

// String returns the names, separated by commas, or "none".
func (g Guarantees) String() string {
	if names := g.names(); len(names) != 0 {
		return strings.Join(names, ",")
	}
	return "none"
}

// Set makes *Guarantees a [flag.Value]. It replaces the set.
func (g *Guarantees) Set(text string) error { return g.UnmarshalText([]byte(text)) }

// MarshalText returns the names, as String does, or an error if a guarantee does not exist.
func (g Guarantees) MarshalText() ([]byte, error) {
	if unknown := g >> len(abi.GuaranteeNames) << len(abi.GuaranteeNames); unknown != 0 {
		return nil, fmt.Errorf("exeseal: unknown guarantees %#x; use these names: %s", uint64(unknown), strings.Join(abi.GuaranteeNames, ", "))
	}
	return []byte(g.String()), nil
}

// UnmarshalText parses a list of names, as [ParseGuarantees] does. After an error g is unchanged.
func (g *Guarantees) UnmarshalText(text []byte) error {
	guarantees, err := ParseGuarantees(string(text))
	if err == nil {
		*g = guarantees
	}
	return err
}

func (g Guarantees) names() []string {
	names := []string{} // not nil, which JSON would show as null
	for bit, name := range abi.GuaranteeNames {
		if g>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}
