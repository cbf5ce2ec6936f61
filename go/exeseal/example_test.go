// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/exeseal"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func Example() {
	f, err := exeseal.ClonePath("/bin/echo")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	output, err := exeseal.Command(context.Background(), f, "sealed").Output()
	fmt.Printf("%s%v\n", output, err)
	// Output:
	// sealed
	// <nil>
}

func ExampleClonePath() {
	f, err := exeseal.ClonePath("/bin/echo")
	if err != nil {
		log.Fatal(err) // the error says what was tried, what failed, and how to resolve it
	}
	defer f.Close()
	fmt.Println(f.Name())
	// Output: /bin/echo
}

func ExampleCloneFile() {
	source := must(os.Open("/bin/echo"))
	defer source.Close()
	f := must(exeseal.CloneFile(source))
	defer f.Close()
	fmt.Println(f.Name())
	// Output: /bin/echo
}

func ExampleCloneSelf() {
	f := must(exeseal.CloneSelf())
	defer f.Close()
	fmt.Println(must(exeseal.Inspect(f)).Type)
	// Output: memfd
}

// Seals a program that go:embed has put into this one.
func ExampleCloneBytes() {
	f := must(exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithName("init")))
	defer f.Close()
	fmt.Println(f.Name())
	// Output: init
}

// Seals a program that is received over the network. The checked bytes are the ones that run.
func ExampleCloneReader() {
	program := "#!/bin/sh\n"
	digest := sha256.Sum256([]byte(program))
	f := must(exeseal.CloneReader(strings.NewReader(program), exeseal.WithSHA256(digest), exeseal.WithMaxBytes(64<<20)))
	defer f.Close()
	fmt.Println(must(exeseal.Inspect(f)).Size)
	// Output: 10
}

func ExampleWithSHA256() {
	_, err := exeseal.CloneBytes([]byte("something else"), exeseal.WithSHA256([sha256.Size]byte{}))
	fmt.Println(errors.Is(err, syscall.EBADMSG))
	// Output: true
}

func ExampleWithMode() {
	_, err := exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithMode("copy"))
	fmt.Println(err)
	// Output: exeseal: unknown mode "copy"; use one of: "", "independent-data-copy", "ro-shared-page"
}

// Uses runc's order: a view that shares the program's pages, otherwise a copy.
func ExampleWithModes() {
	var report exeseal.Report
	f := must(exeseal.CloneSelf(exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy), exeseal.WithReport(&report)))
	defer f.Close()
	fmt.Println(report.Guarantees.Has(exeseal.ReadOnly))
	// Output: true
}

// Names a directory for hosts on which no memfd is executable and /tmp is mounted noexec.
func ExampleWithTempDir() {
	directory := must(os.Open("/run"))
	defer directory.Close()
	f := must(exeseal.CloneSelf(exeseal.WithTempDir(directory)))
	fmt.Println(f.Close())
	// Output: <nil>
}

// Seals a program in a file with fs-verity if a directory supports it. Otherwise the result is a
// memfd, and the report says why.
func ExampleWithReclaimable() {
	var report exeseal.Report
	f := must(exeseal.CloneSelf(exeseal.WithReclaimable(), exeseal.WithReport(&report)))
	defer f.Close()
	fmt.Println(report.Attempts[0].Strategy, report.Guarantees.Has(exeseal.Sealed))
	// Output: verity true
}

func ExampleWithSmallPages() {
	var report exeseal.Report
	f := must(exeseal.CloneSelf(exeseal.WithSmallPages(), exeseal.WithReport(&report)))
	fmt.Println(report.HugeBytes, f.Close())
	// Output: 0 <nil>
}

func ExampleReport_MarshalJSON() {
	var report exeseal.Report
	exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithMaxBytes(4), exeseal.WithReport(&report))
	report.Duration = 0 // differs in each call
	fmt.Println(string(must(json.Marshal(report))))
	// Output: {"strategy":null,"guarantees":[],"evidence":null,"bytes":0,"huge_bytes":0,"retries":0,"digest":null,"duration_ns":0,"failures":[{"strategy":"memfd","step":"limit","errno":"EFBIG","where":"max_bytes","advice":"The source is larger than this limit. Raise the limit."}]}
}

func ExampleInfo_MarshalJSON() {
	f := must(exeseal.CloneBytes([]byte("#!/bin/sh\n")))
	defer f.Close()
	fmt.Println(string(must(json.Marshal(must(exeseal.Inspect(f))))))
	// Output: {"type":"memfd","size":10,"permissions":"0555","seals":["seal","shrink","grow","write"],"descriptor":["read-only","close-on-exec"],"mount":[],"privileges":[],"unread":false,"image":"script","foreign":false,"machine":0,"interpreter":"/bin/sh","digest":null,"guarantees":["read-only","sealed"]}
}

func ExampleInspectSelf() {
	info := must(exeseal.InspectSelf())
	fmt.Println(info.Type, info.Foreign)
	// Output: file false
}

// Seals the running program only once.
func ExampleIsSelfSealed() {
	if exeseal.IsSelfSealed() {
		fmt.Println("sealed")
		return
	}
	f := must(exeseal.CloneSelf())
	defer f.Close()
	fmt.Println("execute", must(exeseal.Inspect(f)).Type)
	// Output: execute memfd
}

func ExampleWithMaxBytes() {
	_, err := exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithMaxBytes(4))
	fmt.Println(errors.Is(err, syscall.EFBIG))
	// Output: true
}

func ExampleWithName() {
	f := must(exeseal.ClonePath("/bin/echo", exeseal.WithName("runc")))
	defer f.Close()
	fmt.Println(must(os.Readlink(must(exeseal.CommandPath(f)))))
	// Output: /memfd:runc (deleted)
}

func ExampleWithRequire() {
	wanted := must(exeseal.ParseGuarantees("sealed,own-pages"))
	f := must(exeseal.CloneSelf(exeseal.WithRequire(wanted)))
	fmt.Println(f.Close())
	// Output: <nil>
}

// Seals a program that may be setuid. A copy of sudo has no more rights than the user who runs it.
func ExampleWithDropPrivileges() {
	f := must(exeseal.ClonePath("/bin/echo", exeseal.WithDropPrivileges()))
	fmt.Println(f.Close())
	// Output: <nil>
}

func ExampleWithReport() {
	var report exeseal.Report
	f := must(exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithReport(&report)))
	defer f.Close()
	fmt.Println(report.Strategy, report.Bytes, report.Evidence)
	fmt.Println(report.Guarantees)
	// Output:
	// memfd 10 memory
	// read-only,sealed,own-pages,peer-sealed,landlock,stable
}

func ExampleError() {
	_, err := exeseal.ClonePath("/")
	var failure *exeseal.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Errno == syscall.EISDIR, failure.Report.Attempts[0].Step)
	}
	// Output: true source
}

func ExampleCommand() {
	f := must(exeseal.ClonePath("/bin/echo"))
	defer f.Close()
	output, err := exeseal.Command(context.Background(), f, "hello").Output()
	fmt.Print(string(output), err)
	// Output:
	// hello
	// <nil>
}

func ExampleSetCommandFile() {
	f := must(exeseal.ClonePath("/bin/echo"))
	defer f.Close()
	cmd := exec.Command("echo", "hello")
	if err := exeseal.SetCommandFile(cmd, f); err != nil {
		log.Fatal(err)
	}
	output, err := cmd.Output()
	fmt.Print(string(output), err)
	// Output:
	// hello
	// <nil>
}

func ExampleCommandPath() {
	f := must(exeseal.ClonePath("/bin/echo"))
	defer f.Close() // the path can be executed until f is closed
	output, err := exec.Command(must(exeseal.CommandPath(f)), "hello").Output()
	fmt.Print(string(output), err)
	// Output:
	// hello
	// <nil>
}

// Executes a sealed copy of the running program.
func ExampleExec() {
	f := must(exeseal.CloneSelf())
	defer f.Close()
	if len(os.Args) > 1 && os.Args[1] == "--unsealed" {
		log.Fatal(exeseal.Exec(f, []string{os.Args[0]}, os.Environ())) // returns only if it fails
	}
	// an empty argv is rejected: CVE-2021-4034
	fmt.Println(errors.Is(exeseal.Exec(f, nil, nil), syscall.EINVAL))
	// Output: true
}

func ExampleInspect() {
	f := must(exeseal.CloneBytes([]byte("#!/bin/sh\n")))
	defer f.Close()
	info := must(exeseal.Inspect(f))
	fmt.Println(info.Type, info.Image, info.Interpreter, info.Guarantees)
	// Output: memfd script /bin/sh read-only,sealed
}

func ExampleParseMode() {
	fmt.Println(exeseal.ParseMode("independent-data-copy"))
	// Output: independent-data-copy <nil>
}

func ExampleModes() {
	fmt.Printf("%q\n", exeseal.Modes())
	// Output: ["" "independent-data-copy" "ro-shared-page"]
}

func ExampleModeFromAnnotations() {
	fmt.Println(exeseal.ModeFromAnnotations(map[string]string{exeseal.Annotation: "independent-data-copy"}))
	// Output: independent-data-copy <nil>
}

func ExampleMode() {
	var config struct{ Seal exeseal.Mode }
	fmt.Println(json.Unmarshal([]byte(`{"Seal": "independent-data-copy"}`), &config), config.Seal)
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.Var(&config.Seal, "seal", "how to seal")
	fmt.Println(flags.Parse([]string{"-seal", "ro-shared-page"}), config.Seal)
	// Output:
	// <nil> independent-data-copy
	// <nil> ro-shared-page
}

func ExampleParseGuarantees() {
	fmt.Println(exeseal.ParseGuarantees("stable,sealed"))
	// Output: sealed,stable <nil>
}

// Guarantees can be required by a configuration file and by a flag.
func ExampleGuarantees() {
	var config struct{ Require exeseal.Guarantees }
	fmt.Println(json.Unmarshal([]byte(`{"Require": "sealed,own-pages"}`), &config), config.Require)
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.Var(&config.Require, "require", "the guarantees to require")
	fmt.Println(flags.Parse([]string{"-require", "stable"}), config.Require)
	// Output:
	// <nil> sealed,own-pages
	// <nil> stable
}

func ExampleGuarantees_Has() {
	fmt.Println((exeseal.Sealed | exeseal.Stable).Has(exeseal.Sealed))
	// Output: true
}

func ExampleStrategies() {
	fmt.Println(exeseal.Strategies())
	// Output: [reuse memfd tmpfile tmpfs overlay bind verity]
}

// A program can require the core when it starts, instead of failing later.
func ExampleBackend() {
	if exeseal.Backend() == "go" {
		fmt.Fprintln(os.Stderr, "built without the C++ core: no tmpfs, bind and verity, and no search for programs")
	}
	fmt.Println(exeseal.Backend() != "")
	// Output: true
}

func ExampleReport_LogValue() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{} // they differ in each run
		}
		return a
	}}))
	var report exeseal.Report
	f := must(exeseal.CloneBytes([]byte("#!/bin/sh\n"), exeseal.WithReport(&report)))
	logger.Info("sealed", "program", report)
	f.Close()
	// Output: level=INFO msg=sealed program.strategy=memfd program.guarantees=read-only,sealed,own-pages,peer-sealed,landlock,stable program.evidence=memory program.bytes=10
}

func ExampleProbe() {
	for _, strategy := range exeseal.Strategies() {
		if report, err := exeseal.Probe(strategy); err != nil {
			fmt.Fprintln(os.Stderr, report) // what failed, and how to resolve it
		}
	}
	report, err := exeseal.Probe(exeseal.StrategyMemfd)
	fmt.Println(report.Strategy, report.Guarantees.Has(exeseal.Sealed), err)
	// Output: memfd true <nil>
}
