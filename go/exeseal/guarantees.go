// SPDX-License-Identifier: MIT

package exeseal

import (
	"fmt"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Guarantees are bits of what a sealed executable promises.
type Guarantees uint64

const (
	// ReadOnly: nothing reached through the descriptor or /proc/PID/exe can write.
	ReadOnly Guarantees = abi.GuaranteeReadOnly
	// Sealed: nobody, root included, can change the bytes that will run.
	Sealed Guarantees = abi.GuaranteeSealed
	// XSealed: the x bits are frozen too (Linux 6.3). Peers that compare seals exactly then copy again.
	XSealed Guarantees = abi.GuaranteeXSealed
	// OwnPages: shares no page with the source.
	OwnPages Guarantees = abi.GuaranteeOwnPages
	// PeerSealed: runc, crun, LXC and youki take it for cloned already. A report claims this and Landlock of a script too,
	// whose interpreter is executed from its path; Inspect does not.
	PeerSealed Guarantees = abi.GuaranteePeerSealed
	// Landlock: runs under a Landlock ruleset that allows no path.
	Landlock Guarantees = abi.GuaranteeLandlock
	// Stable: the source could not change while it was read. If the evidence is a lease, nobody had the source open for writing;
	// a process that pinned a page of it earlier, or writes to the device or image below its file system, could still change it.
	Stable Guarantees = abi.GuaranteeStable
)

// ParseGuarantees reads what String writes: names with commas between them. The empty string is none.
func ParseGuarantees(text string) (Guarantees, error) {
	var bits Guarantees
	if text == "" || text == "none" {
		return 0, nil
	}
	for _, name := range strings.Split(text, ",") {
		bit := indexOf(abi.GuaranteeNames, name)
		if bit < 0 {
			return 0, fmt.Errorf("exeseal: there is no guarantee %q; there are: %s", name, strings.Join(abi.GuaranteeNames, ", "))
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

// Has tells whether all of the wanted bits are there.
func (g Guarantees) Has(wanted Guarantees) bool { return g&wanted == wanted }

// String lists the names, "none" if there are none.
func (g Guarantees) String() string {
	if names := g.names(); len(names) != 0 {
		return strings.Join(names, ",")
	}
	return "none"
}

func (g Guarantees) names() []string {
	names := []string{} // not nil, which would be null in JSON
	for bit, name := range abi.GuaranteeNames {
		if g>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}
