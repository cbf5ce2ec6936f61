// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand"
	"os"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

func sameInfo(t *testing.T, fd int) {
	t.Helper()
	core, pure := abi.Info{Size: 1, Interpreter: [256]byte{'x'}}, abi.Info{Flags: 1, Interpreter: [256]byte{255: 'x'}}
	inCore, inPure := backends[0].Inspect(fd, &core), backends[1].Inspect(fd, &pure)
	if inCore != inPure || core != pure {
		t.Errorf("core %d %+v\npure %d %+v", inCore, core, inPure, pure)
	}
}

func TestInspectOfEverySource(t *testing.T) {
	for _, source := range sources() {
		source := source
		t.Run(source.name, func(t *testing.T) { sameInfo(t, source.open(t)) })
	}
}

func TestInspectOfDescriptorsThatAreNotCloseOnExec(t *testing.T) {
	fd, err := unix.Dup(openFile(t, program, 0755, unix.O_RDONLY))
	check(t, err)
	sameInfo(t, closed(t, fd))
}

func TestInspectOfThisSystem(t *testing.T) {
	for _, path := range []string{"/proc/self/exe", "/bin/sh", "/bin", "/dev/null", "/proc/version", "/proc/self/mem", "/sys/kernel/notes", "/usr/lib"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		for _, flags := range []int{unix.O_RDONLY, unix.O_PATH} {
			path, flags := path, flags
			t.Run(path, func(t *testing.T) { sameInfo(t, openAt(t, path, flags)) })
		}
	}
}

func TestInspectOfScripts(t *testing.T) {
	for _, line := range []string{
		"#!", "#!\n", "#! \t\n", "#!/bin/sh", "#!/bin/sh -e\n", "#! \t/bin/sh\t-e\n", "#!/bin/sh\r\n", "#!\n/bin/sh\n", "#!/bin/\x00sh\n", "#!\x00", "#",
		"# !/bin/sh\n", " #!/bin/sh\n", "#!/" + strings.Repeat("x", 252), "#!/" + strings.Repeat("x", 253) + "\n", "#!/" + strings.Repeat("x", 400) + "\n",
		"#!" + strings.Repeat(" ", 254) + "/bin/sh", "#!\x1b[31m\xff\n",
	} {
		sameInfo(t, memfd(t, line, 0755, 0))
		sameInfo(t, memfd(t, line, 0755, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE))
	}
}

// elf returns an image with one program header.
func elf(class, order byte, kind, machine uint16, segment uint32, interpreter string) []byte {
	var write binary.ByteOrder = binary.LittleEndian
	if order == 2 {
		write = binary.BigEndian
	}
	image := make([]byte, 256, 256+len(interpreter))
	copy(image, "\x7fELF")
	image[4], image[5], image[6] = class, order, 1
	write.PutUint16(image[16:], kind)
	write.PutUint16(image[18:], machine)
	if class == 1 {
		write.PutUint32(image[28:], 52)
		write.PutUint16(image[42:], 32)
		write.PutUint16(image[44:], 1)
		write.PutUint32(image[52:], segment)
		write.PutUint32(image[56:], 256)
		write.PutUint32(image[68:], uint32(len(interpreter)))
	} else {
		write.PutUint64(image[32:], 64)
		write.PutUint16(image[54:], 56)
		write.PutUint16(image[56:], 1)
		write.PutUint32(image[64:], segment)
		write.PutUint64(image[72:], 256)
		write.PutUint64(image[96:], uint64(len(interpreter)))
	}
	return append(image, interpreter...)
}

const interpreterPath = "/lib64/ld-linux-x86-64.so.2\x00"

func TestInspectOfImages(t *testing.T) {
	for _, class := range []byte{0, 1, 2, 3} {
		for _, order := range []byte{0, 1, 2, 3} {
			for _, kind := range []uint16{0, 1, 2, 3, 4} {
				for _, machine := range []uint16{0, 3, 20, 21, 22, 40, 62, 183, 243, 258, math.MaxUint16} {
					for _, segment := range []uint32{1, 3} {
						sameInfo(t, memfd(t, string(elf(class, order, kind, machine, segment, interpreterPath)), 0755, 0))
					}
				}
			}
		}
	}
}

func TestInspectOfInterpreters(t *testing.T) {
	for _, interpreter := range []string{"", "\x00", "x", strings.Repeat("x", 254), strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("x", 5000), "a\x00b", "\x1b\xff"} {
		for _, class := range []byte{1, 2} {
			image := elf(class, 1, 3, 62, 3, interpreter)
			for cut := 0; cut <= min(len(interpreter), 3); cut++ {
				sameInfo(t, memfd(t, string(image[:len(image)-cut]), 0755, 0))
			}
		}
	}
}

func TestInspectOfImagesCutAnywhere(t *testing.T) {
	for _, class := range []byte{1, 2} {
		image := elf(class, 1, 2, 62, 3, interpreterPath)
		for size := 0; size <= len(image); size++ {
			sameInfo(t, memfd(t, string(image[:size]), 0755, 0))
		}
	}
}

func TestInspectOfDamagedImages(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, class := range []byte{1, 2} {
		for i := 0; i < 120; i++ { // sets every byte of the headers to the values that matter
			for _, value := range []byte{0, 1, 0x7f, 0x80, 0xff} {
				image := elf(class, 1, 2, 62, 3, interpreterPath)
				image[i] = value
				sameInfo(t, memfd(t, string(image), 0755, 0))
			}
		}
		for i := 0; i < 2000; i++ {
			image := bytes.Clone(elf(class, byte(1+i%2), 2, 62, 3, interpreterPath))
			for damage := 0; damage < 4; damage++ {
				image[4+random.Intn(116)] = byte(random.Intn(256))
			}
			sameInfo(t, memfd(t, string(image), 0755, 0))
		}
	}
}

func TestInspectSelf(t *testing.T) {
	core, pure := abi.Info{Size: 1}, abi.Info{Flags: 1}
	inCore, inPure := backends[0].InspectSelf(&core), backends[1].InspectSelf(&pure)
	if inCore != inPure || core != pure || inCore != 0 {
		t.Errorf("core %d %+v\npure %d %+v", inCore, core, inPure, pure)
	}
}

func TestInspectOfNoDescriptor(t *testing.T) {
	for _, fd := range []int{-1, -100, math.MinInt32, 1 << 19, math.MaxInt32} {
		sameInfo(t, fd)
	}
}
