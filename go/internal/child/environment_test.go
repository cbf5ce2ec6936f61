// SPDX-License-Identifier: MIT

package child

import (
	"os"
	"reflect"
	"testing"
)

func TestWithoutLostSockets(t *testing.T) {
	f := os.Stdin
	two := []*os.File{f, f}
	for value, files := range map[string][]*os.File{
		"1": {f}, "2": two, "2147483647": nil, "4294967298": two, "18446744073709551617": two,
		"": two, "0": two, "02": two, "+2": two, "-1": two, " 2": two, "2 ": two, "0x2": two, "3": two, "two": two,
	} {
		env := []string{"A=1", "LISTEN_FDS=" + value, "LISTEN_PID=1", "LISTEN_FDNAMES=a:b", "LISTEN_PIDFDID=7", "LISTEN=x", "LISTEN_FDS_=y"}
		want := []string{"A=1", "LISTEN=x", "LISTEN_FDS_=y"}
		if value == "1" || value == "2" {
			want = env
		}
		if got := withoutLostSockets(env, files); !reflect.DeepEqual(got, want) {
			t.Errorf("LISTEN_FDS=%s, %d files: %q", value, len(files), got)
		}
	}
	for _, files := range [][]*os.File{nil, {f}, {f, nil}, {nil, f}} {
		if got := withoutLostSockets([]string{"LISTEN_FDS=2"}, files); got == nil || len(got) != 0 {
			t.Errorf("files %v: %q", files, got)
		}
	}
	for _, env := range [][]string{{"LISTEN_FDS=1", "LISTEN_FDS=2"}, {"LISTEN_FDS=2", "LISTEN_FDS=1"}, {"LISTEN_FDS"}} {
		if got := withoutLostSockets(env, []*os.File{f}); len(got) != 0 {
			t.Errorf("%q: %q", env, got)
		}
	}
	if env := []string{"LISTEN_PID=1"}; !reflect.DeepEqual(withoutLostSockets(env, nil), env) {
		t.Error("without LISTEN_FDS nothing is promised")
	}
}
