// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

// keysOf returns the keys of an object, and those of each object in its lists.
func keysOf(t *testing.T, object []byte) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(object, &members); err != nil {
		t.Fatalf("%v: %s", err, object)
	}
	keys := []string{}
	for key, value := range members {
		keys = append(keys, key)
		for _, entry := range asList(value) {
			for inner := range asObject(entry) {
				keys = append(keys, key+"."+inner)
			}
		}
	}
	sort.Strings(keys)
	return strings.Join(unique(keys), " ")
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

func asObject(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

func unique(sorted []string) (list []string) {
	for i, entry := range sorted {
		if i == 0 || entry != sorted[i-1] {
			list = append(list, entry)
		}
	}
	return list
}

const (
	reportKeys = "bytes digest duration_ns evidence failures failures.advice failures.errno failures.step failures.strategy failures.where guarantees huge_bytes retries strategy"
	infoKeys   = "descriptor digest foreign guarantees image interpreter machine mount permissions privileges seals size type unread"
)

func TestReportAsJSON(t *testing.T) {
	var report exeseal.Report
	f, err := exeseal.CloneBytes([]byte(script), exeseal.WithReport(&report))
	check(t, err)
	f.Close()
	report.Duration = 1500 * time.Microsecond
	text, err := json.Marshal(report)
	check(t, err)
	equal(t, "JSON", string(text), fmt.Sprintf(`{"strategy":"memfd","guarantees":["read-only","sealed","own-pages","peer-sealed","landlock","stable"],`+
		`"evidence":"memory","bytes":%d,"huge_bytes":0,"retries":0,"digest":null,"duration_ns":1500000,"failures":[]}`, len(script)))

	_, err = exeseal.CloneBytes([]byte(script), exeseal.WithMaxBytes(3), exeseal.WithReport(&report))
	equal(t, "MaxBytes is an error", err != nil, true)
	report.Duration = 0
	text, err = json.Marshal(&report)
	check(t, err)
	advice, err := json.Marshal(report.Attempts[0].Advice)
	check(t, err)
	equal(t, "JSON", string(text), `{"strategy":null,"guarantees":[],"evidence":null,"bytes":0,"huge_bytes":0,"retries":0,"digest":null,"duration_ns":0,`+
		`"failures":[{"strategy":"memfd","step":"limit","errno":"EFBIG","where":"max_bytes","advice":`+string(advice)+`}]}`)
	equal(t, "keys", keysOf(t, text), reportKeys)
}

func TestInfoAsJSON(t *testing.T) {
	path := newFile(t, script, 0750|os.ModeSetgid|os.ModeSticky)
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	check(t, err)
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	sealed, err := exeseal.CloneBytes([]byte(script))
	check(t, err)
	defer sealed.Close()
	for want, f := range map[string]*os.File{
		`{"type":"memfd","size":18,"permissions":"0555","seals":["seal","shrink","grow","write"],"descriptor":["read-only","close-on-exec"],` +
			`"mount":[],"privileges":[],"unread":false,"image":"script","foreign":false,"machine":0,"interpreter":"/bin/sh","digest":null,` +
			`"guarantees":["read-only","sealed"]}`: sealed,
		`{"type":"file","size":18,"permissions":"3750","seals":[],"descriptor":["path","close-on-exec"],` +
			`"mount":[],"privileges":["setgid"],"unread":false,"image":"script","foreign":false,"machine":0,"interpreter":"/bin/sh","digest":null,` +
			`"guarantees":[]}`: file,
	} {
		info, err := exeseal.Inspect(f)
		check(t, err)
		text, err := json.Marshal(info)
		check(t, err)
		equal(t, "JSON", string(text), want)
		equal(t, "keys", keysOf(t, text), infoKeys)
	}
	self, err := exeseal.InspectSelf()
	check(t, err)
	text, err := json.Marshal(self)
	check(t, err)
	equal(t, "the descriptor of InspectSelf is null", strings.Contains(string(text), `"descriptor":null`), true)
}

// TestJSONHasTheKeysOfTheTool compares the keys with those that the tool prints. tools/test names
// the tool that it has built.
func TestJSONHasTheKeysOfTheTool(t *testing.T) {
	tool := os.Getenv("EXESEAL_TOOL")
	if tool == "" {
		t.Skip("skip: EXESEAL_TOOL is not set")
	}
	text, err := exec.Command(tool, "inspect", "--json", "/bin/sh").Output()
	check(t, err)
	equal(t, "inspect", keysOf(t, text), infoKeys)

	var report strings.Builder
	cmd := exec.Command(tool, "run", "--report=json", "--mode", "ro-shared-page", "--require", "own-pages", "/bin/sh")
	cmd.Stderr = &report
	if cmd.Run() == nil {
		t.Error("a view was made although own-pages is required")
	}
	line, _, _ := strings.Cut(report.String(), "\n")
	keys := keysOf(t, []byte(line))
	// Only the tool has these keys: they describe the program and the causes of failures.
	for _, own := range []string{"failures.cause ", "others ", "path ", "refused ", "resolved ", " wrapper"} {
		equal(t, own+"is there", strings.Contains(keys, own), true)
		keys = strings.Replace(keys, own, "", 1)
	}
	// Only Go measures the time.
	equal(t, "run", keys, strings.Replace(reportKeys, " duration_ns", "", 1))
}

func TestInspectSelf(t *testing.T) {
	info, err := exeseal.InspectSelf()
	check(t, err)
	own, err := os.Stat("/proc/self/exe")
	check(t, err)
	equal(t, "Size", info.Size, own.Size())
	equal(t, "no descriptor", info.ReadOnly || info.Path || info.CloseOnExec, false)
	equal(t, "IsSelfSealed", exeseal.IsSelfSealed(), info.Guarantees.Has(exeseal.Sealed))
	lines := linesOf(t, asChild(exec.Command(os.Args[0]), "is sealed"))
	equal(t, "IsSelfSealed in a file", lines[0], "false")
	cmd := exeseal.Command(context.Background(), self(t))
	lines = linesOf(t, asChild(cmd, "is sealed"))
	equal(t, "IsSelfSealed in a sealed copy", lines[0], "true")
}

func init() {
	children["is sealed"] = func() { fmt.Println(exeseal.IsSelfSealed()) }
}

// textsOf returns every text that a failure has.
func textsOf(t *testing.T, report exeseal.Report, failure error) map[string]string {
	t.Helper()
	reportJSON, err := json.Marshal(report)
	check(t, err)
	errorJSON, err := json.Marshal(failure)
	check(t, err)
	var plain, logged strings.Builder
	slog.New(slog.NewTextHandler(&plain, nil)).Info("", "report", report)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("", "error", failure)
	return map[string]string{
		"report": report.String(), "report as JSON": string(reportJSON), "error as JSON": string(errorJSON),
		"report in a log": plain.String(), "error in a log": logged.String(),
	}
}

// Every attempt of a view fails for the same reason and has the same advice.
func TestErrorContainsEachAdviceOnce(t *testing.T) {
	var report exeseal.Report
	_, err := exeseal.ClonePath(shell(t), exeseal.WithMode(exeseal.ModeROSharedPage), exeseal.WithRequire(exeseal.OwnPages), exeseal.WithReport(&report))
	if err == nil {
		t.Fatal("a view has no pages of its own")
	}
	for _, attempt := range report.Attempts {
		equal(t, "in the error: "+attempt.Advice, strings.Count(err.Error(), attempt.Advice), 1)
		equal(t, "in the error: "+string(attempt.Strategy), strings.Contains(err.Error(), string(attempt.Strategy)+": "+attempt.Step), true)
	}
	for what, text := range textsOf(t, report, err) {
		equal(t, what, strings.Count(text, report.Attempts[1].Advice), 1)
	}
}
