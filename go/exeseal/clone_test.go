// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

func TestCloneFunctionsReturnASealedMemfd(t *testing.T) {
	path := newFile(t, script, 0755)
	source, err := os.Open(path)
	check(t, err)
	defer source.Close()
	own, err := os.ReadFile("/proc/self/exe")
	check(t, err)
	for _, test := range []struct {
		function, name, bytes string
		clone                 func(...exeseal.Option) (*os.File, error)
	}{
		{"CloneSelf", os.Args[0], string(own), exeseal.CloneSelf},
		{"ClonePath", path, script, func(o ...exeseal.Option) (*os.File, error) { return exeseal.ClonePath(path, o...) }},
		{"CloneFile", path, script, func(o ...exeseal.Option) (*os.File, error) { return exeseal.CloneFile(source, o...) }},
		{"CloneBytes", "exeseal", script, func(o ...exeseal.Option) (*os.File, error) { return exeseal.CloneBytes([]byte(script), o...) }},
		{"CloneReader", "exeseal", script, func(o ...exeseal.Option) (*os.File, error) {
			return exeseal.CloneReader(strings.NewReader(script), o...)
		}},
	} {
		t.Run(test.function, func(t *testing.T) {
			var report exeseal.Report
			f, err := test.clone(exeseal.WithReport(&report), exeseal.WithSHA256(sha256.Sum256([]byte(test.bytes))))
			check(t, err)
			defer f.Close()
			equal(t, "Name", f.Name(), test.name)
			equal(t, "bytes are the source's", read(t, f) == test.bytes, true)
			equal(t, "Strategy", report.Strategy, "memfd")
			equal(t, "Bytes", report.Bytes, int64(len(test.bytes)))
			const least = exeseal.ReadOnly | exeseal.Sealed | exeseal.OwnPages | exeseal.PeerSealed | exeseal.Landlock
			equal(t, "Guarantees", report.Guarantees.Has(least), true)
			equal(t, "Attempts", len(report.Attempts), 1)
			equal(t, "Attempts[0]", report.Attempts[0], exeseal.Attempt{Strategy: "memfd", Step: "done"})
			equal(t, "text", strings.HasPrefix(report.String(), "cloned by memfd: "), true)
			info, err := exeseal.Inspect(f)
			check(t, err)
			equal(t, "Seals", info.Seals, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
			equal(t, "Inspect", info.ReadOnly && info.CloseOnExec && info.Type == "memfd", true)

			named, err := test.clone(exeseal.WithName("guest init"))
			check(t, err)
			defer named.Close()
			equal(t, "Name by WithName", named.Name(), "guest init")
		})
	}
}

func TestCloneWithAModeAndManyOptions(t *testing.T) {
	var report exeseal.Report
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithMode(exeseal.ModeIndependentDataCopy), exeseal.WithRequire(exeseal.Sealed),
		exeseal.WithRequire(exeseal.OwnPages), exeseal.WithMaxBytes(1000), exeseal.WithName("n"), exeseal.WithDropPrivileges(),
		exeseal.WithSHA256(sha256.Sum256([]byte(script))), exeseal.WithReport(&report))
	check(t, err)
	defer f.Close()
	equal(t, "Evidence", report.Evidence, "memory")
}

func TestASealedSourceIsReused(t *testing.T) {
	first, err := exeseal.CloneBytes([]byte(script))
	check(t, err)
	defer first.Close()
	var report exeseal.Report
	second, err := exeseal.CloneFile(first, exeseal.WithReport(&report))
	check(t, err)
	defer second.Close()
	equal(t, "Strategy", report.Strategy, "reuse")
	equal(t, "OwnPages", report.Guarantees.Has(exeseal.OwnPages), false)
}

func TestErrors(t *testing.T) {
	var report exeseal.Report
	_, err := exeseal.ClonePath(t.TempDir(), exeseal.WithReport(&report))
	failure := wantError(t, err, syscall.EISDIR, "source", "EISDIR", "source_fd", "Pass the program in it")
	equal(t, "Op", failure.Op, "clone")
	equal(t, "Attempts", len(failure.Report.Attempts), 1)
	equal(t, "WithReport", report.String(), failure.Report.String())
	equal(t, "Strategy", report.Strategy, "none")

	_, err = exeseal.CloneBytes(nil)
	wantError(t, err, syscall.ENOEXEC, "length", "The source is empty")
	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithMaxBytes(3))
	wantError(t, err, syscall.EFBIG, "memfd", "limit", "EFBIG", "max_bytes", "Raise the limit")
	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithMode(exeseal.ModeROSharedPage))
	wantError(t, err, syscall.EOPNOTSUPP, "overlay: ", "bind: ")
	_, err = exeseal.CloneReader(strings.NewReader(script), exeseal.WithRequire(exeseal.Stable))
	wantError(t, err, syscall.EOPNOTSUPP, "memfd", "stability", "none")
	_, err = exeseal.ClonePath(newFile(t, script, 0755|os.ModeSetuid))
	wantError(t, err, syscall.EPERM, "privileges", "setuid")
	_, err = exeseal.ClonePath("/nowhere")
	equal(t, "missing", errors.Is(err, os.ErrNotExist), true)
	_, err = exeseal.CloneFile(nil)
	equal(t, "nil", errors.Is(err, os.ErrInvalid), true)
	closed, err := os.Open("/dev/null")
	check(t, err)
	closed.Close()
	_, err = exeseal.CloneFile(closed)
	equal(t, "closed", errors.Is(err, os.ErrClosed), true)
	_, err = exeseal.Inspect(closed)
	equal(t, "closed, Inspect", errors.Is(err, os.ErrClosed), true)

	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithMode("ro-shared"))
	for _, mode := range exeseal.Modes() {
		if !strings.Contains(err.Error(), `"`+string(mode)+`"`) {
			t.Errorf("%q is not in %q", mode, err)
		}
	}
	for _, name := range []string{"", "a\x00b", strings.Repeat("n", 64)} {
		if f, err := exeseal.CloneBytes([]byte(script), exeseal.WithName(name)); f != nil || err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
}

func TestAWrongDigestReturnsNoFile(t *testing.T) {
	before := sealedDescriptors(t)
	var report exeseal.Report
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithSHA256([sha256.Size]byte{1}), exeseal.WithReport(&report))
	wantError(t, err, syscall.EBADMSG, "memfd", "verify", "EBADMSG", "(sha256)")
	equal(t, "no file", f == nil, true)
	equal(t, "descriptors", sealedDescriptors(t), before)
	equal(t, "Strategy", report.Strategy, "none")
	equal(t, "Guarantees", report.Guarantees, 0)
}

func TestReaders(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	for name, reader := range map[string]io.Reader{
		"large": bytes.NewReader(large), "one byte a time": iotest.OneByteReader(bytes.NewReader(large[:5000])),
		"data with io.EOF": iotest.DataErrReader(bytes.NewReader(large)), "no WriterTo": struct{ io.Reader }{bytes.NewReader(large)},
	} {
		f, err := exeseal.CloneReader(reader)
		check(t, err)
		content := read(t, f)
		equal(t, name, content == string(large[:len(content)]) && (len(content) == len(large) || len(content) == 5000), true)
		f.Close()
	}
	before := sealedDescriptors(t)
	broken := errors.New("broken")
	for name, reader := range map[string]io.Reader{
		"at once": iotest.ErrReader(broken), "late": io.MultiReader(bytes.NewReader(large), iotest.ErrReader(broken)),
	} {
		f, err := exeseal.CloneReader(reader)
		if f != nil || !errors.Is(err, broken) {
			t.Errorf("%s: %v %v", name, f, err)
		}
	}
	_, err := exeseal.CloneReader(strings.NewReader(""))
	wantError(t, err, syscall.ENOEXEC, "empty")
	_, err = exeseal.CloneReader(bytes.NewReader(large), exeseal.WithMaxBytes(100))
	wantError(t, err, syscall.EFBIG, "max_bytes")
	equal(t, "descriptors", sealedDescriptors(t), before)
}

func TestAPipeKeepsItsFlags(t *testing.T) {
	for name, clone := range map[string]func(*os.File) (*os.File, error){
		"CloneReader": func(f *os.File) (*os.File, error) { return exeseal.CloneReader(f) },
		"CloneFile":   func(f *os.File) (*os.File, error) { return exeseal.CloneFile(f) },
	} {
		reader, writer, err := os.Pipe()
		check(t, err)
		before := statusFlags(t, reader)
		equal(t, "non-blocking at first", before&unix.O_NONBLOCK != 0, true)
		go func() {
			for _, part := range []string{script[:5], script[5:]} {
				time.Sleep(10 * time.Millisecond)
				writer.WriteString(part)
			}
			writer.Close()
		}()
		f, err := clone(reader)
		check(t, err)
		equal(t, name, read(t, f), script)
		equal(t, name+" flags", statusFlags(t, reader), before)
		f.Close()
		reader.Close()
	}
}

func TestCloneFileLeavesThePosition(t *testing.T) {
	source, err := os.Open(newFile(t, script, 0755))
	check(t, err)
	defer source.Close()
	_, err = source.Seek(5, io.SeekStart)
	check(t, err)
	f, err := exeseal.CloneFile(source)
	check(t, err)
	defer f.Close()
	position, err := source.Seek(0, io.SeekCurrent)
	check(t, err)
	equal(t, "position", position, 5)
	equal(t, "bytes", read(t, f), script)
}

func TestManyGoroutines(t *testing.T) {
	path := newFile(t, script, 0755)
	var group sync.WaitGroup
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			var report exeseal.Report
			f, err := exeseal.ClonePath(path, exeseal.WithReport(&report))
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			content := make([]byte, len(script))
			f.ReadAt(content, 0)
			if string(content) != script || report.Bytes != int64(len(script)) {
				t.Errorf("%q, %+v", content, report)
			}
			if _, err := exeseal.CloneReader(strings.NewReader("")); !errors.Is(err, syscall.ENOEXEC) {
				t.Error(err)
			}
			if _, err := exeseal.Inspect(f); err != nil {
				t.Error(err)
			}
		}(i)
	}
	group.Wait()
}

func TestModes(t *testing.T) {
	for _, mode := range exeseal.Modes() {
		parsed, err := exeseal.ParseMode(mode.String())
		check(t, err)
		equal(t, "ParseMode", parsed, mode)

		type config struct{ Mode exeseal.Mode }
		encoded, err := json.Marshal(config{mode})
		check(t, err)
		equal(t, "JSON", string(encoded), `{"Mode":"`+string(mode)+`"}`)
		var decoded config
		check(t, json.Unmarshal(encoded, &decoded))
		equal(t, "JSON", decoded.Mode, mode)

		var flagged exeseal.Mode
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		flags.Var(&flagged, "mode", "")
		check(t, flags.Parse([]string{"-mode", string(mode)}))
		equal(t, "flag", flagged, mode)

		annotated, err := exeseal.ModeFromAnnotations(map[string]string{exeseal.Annotation: string(mode), "other": "x"})
		check(t, err)
		equal(t, "annotation", annotated, mode)
	}
	none, err := exeseal.ModeFromAnnotations(nil)
	check(t, err)
	equal(t, "no annotation", none, exeseal.ModeAutomatic)

	_, err = exeseal.ModeFromAnnotations(map[string]string{exeseal.Annotation: "bogus"})
	if err == nil || !strings.Contains(err.Error(), exeseal.Annotation) || !strings.Contains(err.Error(), `"bogus"`) {
		t.Errorf("the annotation's error: %v", err)
	}

	kept := exeseal.ModeROSharedPage
	for what, err := range map[string]error{
		"text": kept.UnmarshalText([]byte("Independent-data-copy")), "JSON": json.Unmarshal([]byte(`"auto"`), &kept), "flag": kept.Set(" "),
	} {
		if err == nil || !strings.Contains(err.Error(), "independent-data-copy") {
			t.Errorf("%s: %v", what, err)
		}
	}
	equal(t, "mode after errors", kept, exeseal.ModeROSharedPage)
	if _, err := exeseal.Mode("x").MarshalText(); err == nil {
		t.Error("MarshalText accepted an unknown mode")
	}
}

func TestGuarantees(t *testing.T) {
	for bits := exeseal.Guarantees(0); bits < 1<<7; bits++ {
		parsed, err := exeseal.ParseGuarantees(bits.String())
		check(t, err)
		equal(t, bits.String(), parsed, bits)
	}
	for _, text := range []string{"Sealed", "sealed,", ",", "sealed, stable", "none,sealed"} {
		if bits, err := exeseal.ParseGuarantees(text); err == nil || bits != 0 || !strings.Contains(err.Error(), "peer-sealed") {
			t.Errorf("%q: %v %v", text, bits, err)
		}
	}
	empty, err := exeseal.ParseGuarantees("")
	check(t, err)
	equal(t, "empty", empty, 0)
}

func TestGuaranteesAsTextAndFlag(t *testing.T) {
	const wanted = exeseal.Sealed | exeseal.Stable
	encoded, err := json.Marshal(map[string]exeseal.Guarantees{"require": wanted, "nothing": 0})
	check(t, err)
	equal(t, "JSON", string(encoded), `{"nothing":"none","require":"sealed,stable"}`)
	var config struct{ Require exeseal.Guarantees }
	check(t, json.Unmarshal(encoded, &config))
	equal(t, "JSON", config.Require, wanted)

	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.Var(&config.Require, "require", "")
	check(t, flags.Parse([]string{"-require", "own-pages"}))
	equal(t, "a flag replaces the set", config.Require, exeseal.OwnPages)

	for what, err := range map[string]error{
		"text": config.Require.UnmarshalText([]byte("Sealed")), "JSON": json.Unmarshal([]byte(`{"Require":"seal"}`), &config), "flag": config.Require.Set("x"),
	} {
		if err == nil || !strings.Contains(err.Error(), "peer-sealed") {
			t.Errorf("%s: %v", what, err)
		}
	}
	equal(t, "guarantees after errors", config.Require, exeseal.OwnPages)
	if text, err := (wanted | 1<<7).MarshalText(); err == nil {
		t.Errorf("MarshalText accepted an unknown guarantee: %s", text)
	}
}

func TestInspect(t *testing.T) {
	f, err := os.Open(newFile(t, script, 0750|os.ModeSetgid))
	check(t, err)
	defer f.Close()
	info, err := exeseal.Inspect(f)
	check(t, err)
	equal(t, "Mode", info.Mode, 0750|os.ModeSetgid)
	equal(t, "Image", string(info.Image)+info.Interpreter+string(info.Type), "script/bin/shfile")
	equal(t, "Size", info.Size, int64(len(script)))
	equal(t, "Guarantees", info.Guarantees.String(), "none")
	own, err := exeseal.Inspect(self(t))
	check(t, err)
	equal(t, "Foreign", own.Foreign, false)
	equal(t, "Guarantees", own.Guarantees.Has(exeseal.Sealed|exeseal.PeerSealed), true)
}
