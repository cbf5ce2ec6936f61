// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"runtime"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

const scriptLine = 256 // the kernel reads at most this much of a "#!" line

// readImage does what lib/base/image.cc does, header by header. debug/elf reads more headers and
// rejects files that the kernel would run. readImage returns false if nothing could be read.
func readImage(fd int, info *abi.Info) bool {
	head := make([]byte, scriptLine)
	n, err := readAt(fd, head, 0)
	if n == 0 && err != nil {
		return false
	}
	if head = head[:n]; bytes.HasPrefix(head, []byte("#!")) {
		info.Image = abi.ImageScript
		readScript(head[2:], info)
	} else if n > elf.EI_DATA && bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		class, data := formOf(head)
		if layout, ok := layouts[class]; ok {
			layout.read(fd, data, info)
		}
	}
	return true
}

// formOf returns the class and byte order of the headers. If the 64-bit and the 32-bit architecture
// have different numbers, Linux uses only e_machine, in its own byte order, and ignores class and
// order in e_ident.
func formOf(head []byte) (elf.Class, elf.Data) {
	class, data := elf.Class(head[elf.EI_CLASS]), elf.Data(head[elf.EI_DATA])
	own, compat := machinePair()
	if own == compat || len(head) < 56 {
		return class, data
	}
	switch machine := elf.Machine(binary.LittleEndian.Uint16(head[18:])); {
	case machine == compat:
		return elf.ELFCLASS32, elf.ELFDATA2LSB
	case machine == own && int(binary.LittleEndian.Uint16(head[54:])) == layouts[elf.ELFCLASS64].programHeader:
		return elf.ELFCLASS64, elf.ELFDATA2LSB
	}
	return class, data
}

// machinePair returns this architecture and its 32-bit one, if they have different numbers. All of
// these are little-endian.
func machinePair() (own, compat elf.Machine) {
	switch runtime.GOARCH {
	case "amd64":
		return elf.EM_X86_64, elf.EM_386
	case "arm64":
		return elf.EM_AARCH64, elf.EM_ARM
	case "ppc64le":
		return elf.EM_PPC64, elf.EM_PPC
	}
	return 0, 0
}

func readScript(line []byte, info *abi.Info) {
	line = bytes.TrimLeft(line, " \t")
	if end := bytes.IndexAny(line, " \t\n\x00"); end >= 0 {
		line = line[:end]
	}
	copy(info.Interpreter[:len(info.Interpreter)-1], line)
}

// readAt reads until the buffer is full or the file ends.
func readAt(fd int, buffer []byte, offset uint64) (int, error) {
	done := 0
	for done < len(buffer) {
		n, err := unix.Preadv(fd, [][]byte{buffer[done:]}, int64(offset)+int64(done))
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return done, err
		}
		done += n
	}
	return done, nil
}

func readWhole(fd int, buffer []byte, offset uint64) bool {
	if offset > math.MaxInt64 {
		return false
	}
	n, _ := readAt(fd, buffer, offset)
	return n == len(buffer)
}

// layout has the offsets and sizes of one ELF class.
type layout struct {
	wordSize                      int // size of offsets and sizes
	fileHeader, programHeader     int // their sizes
	phoff, phentsize, phnum       int // offsets in the file header
	segmentOffset, segmentInBytes int // offsets in a program header
}

var layouts = map[elf.Class]layout{
	elf.ELFCLASS32: {4, 52, 32, 28, 42, 44, 4, 16},
	elf.ELFCLASS64: {8, 64, 56, 32, 54, 56, 8, 32},
}

func (l layout) read(fd int, data elf.Data, info *abi.Info) {
	order, isForeignOrder := orderOf(data)
	word := func(header []byte, at int) uint64 {
		if l.wordSize == 4 {
			return uint64(order.Uint32(header[at:]))
		}
		return order.Uint64(header[at:])
	}
	file := make([]byte, l.fileHeader)
	if !readWhole(fd, file, 0) {
		return
	}
	kind, machine := elf.Type(order.Uint16(file[16:])), order.Uint16(file[18:])
	if kind != elf.ET_EXEC && kind != elf.ET_DYN {
		return
	}
	info.Machine = uint32(machine)
	if isForeignOrder || !isOwnMachine(elf.Machine(machine)) {
		info.Flags |= abi.InfoForeign
	}
	count := int(order.Uint16(file[l.phnum:]))
	if int(order.Uint16(file[l.phentsize:])) != l.programHeader || count == 0 || count > mostHeaders/l.programHeader {
		return
	}
	info.Image = abi.ImageStatic
	segment := make([]byte, l.programHeader)
	for i := 0; i < count; i++ {
		if !readWhole(fd, segment, word(file, l.phoff)+uint64(i*l.programHeader)) {
			// the file is truncated
			info.Image, info.Interpreter = abi.ImageNone, [len(info.Interpreter)]byte{}
			return
		}
		// Only the first PT_INTERP counts.
		if elf.ProgType(order.Uint32(segment)) == elf.PT_INTERP && info.Image == abi.ImageStatic {
			info.Image = abi.ImageDynamic
			if !readInterpreter(fd, word(segment, l.segmentOffset), word(segment, l.segmentInBytes), info) {
				info.Image, info.Interpreter = abi.ImageNone, [len(info.Interpreter)]byte{}
				return
			}
		}
	}
}

// mostHeaders is the size that the kernel permits for the program headers (fs/binfmt_elf.c,
// load_elf_phdrs).
const mostHeaders = 65536

// readInterpreter accepts the paths that load_elf_binary accepts: 2 bytes to PATH_MAX, the last of
// them NUL.
func readInterpreter(fd int, offset, size uint64, info *abi.Info) bool {
	last := make([]byte, 1)
	if size < 2 || size > unix.PathMax || offset > math.MaxInt64-unix.PathMax || !readWhole(fd, last, offset+size-1) || last[0] != 0 {
		return false
	}
	_, err := readAt(fd, info.Interpreter[:min(size, uint64(len(info.Interpreter)-1))], offset)
	return err == nil
}

// orderOf returns the file's byte order. Like the core, it treats any order that is not this
// program's as the other one.
func orderOf(data elf.Data) (order binary.ByteOrder, isForeign bool) {
	switch own := binary.ByteOrder(binary.LittleEndian); {
	case runtime.GOARCH == "s390x" && data == elf.ELFDATA2MSB:
		return binary.BigEndian, false
	case runtime.GOARCH == "s390x":
		return own, true
	case data == elf.ELFDATA2LSB:
		return own, false
	}
	return binary.BigEndian, true
}

// isOwnMachine returns true for this program's architecture and for the 32-bit one that most of its
// kernels run too.
func isOwnMachine(machine elf.Machine) bool {
	switch runtime.GOARCH {
	case "amd64":
		return machine == elf.EM_X86_64 || machine == elf.EM_386
	case "386":
		return machine == elf.EM_386
	case "arm64":
		return machine == elf.EM_AARCH64 || machine == elf.EM_ARM
	case "arm":
		return machine == elf.EM_ARM
	case "riscv64":
		return machine == elf.EM_RISCV
	case "ppc64le":
		return machine == elf.EM_PPC64 || machine == elf.EM_PPC
	case "s390x":
		return machine == elf.EM_S390
	case "loong64":
		return machine == elf.EM_LOONGARCH
	case "mips", "mipsle", "mips64", "mips64le":
		return machine == elf.EM_MIPS
	}
	return false
}
