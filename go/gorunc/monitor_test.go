// SPDX-License-Identifier: MIT

//go:build linux

package gorunc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
	"github.com/exeseal/exeseal/go/gorunc/internal/containers"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const killHelper = "EXESEAL_TEST_KILL_HELPER" // has the runtime and bundle: see TestPdeathSignal

func TestMain(m *testing.M) {
	if os.Getenv(killHelper) != "" {
		runUntilKilled(strings.Split(os.Getenv(killHelper), ":"))
	}
	containers.Main(m)
}

// before is go-runc's original Monitor. The tests replace it, so they do not run in parallel.
var before = runc.Monitor

// current is go-runc's Monitor in all tests. runc.Monitor itself is never written again, because
// go-runc's Events reads it in a goroutine for whose end no test can wait.
var current switchable

func init() { runc.Monitor = &current }

type switchable struct {
	monitor atomic.Pointer[runc.ProcessMonitor]
}

func (s *switchable) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	return (*s.monitor.Load()).Start(cmd)
}
func (s *switchable) StartLocked(cmd *exec.Cmd) (chan runc.Exit, error) {
	return (*s.monitor.Load()).StartLocked(cmd)
}
func (s *switchable) Wait(cmd *exec.Cmd, exits chan runc.Exit) (int, error) {
	return (*s.monitor.Load()).Wait(cmd, exits)
}

func setMonitor(t *testing.T, monitor runc.ProcessMonitor) {
	t.Helper()
	current.monitor.Store(&monitor)
	t.Cleanup(func() { current.monitor.Store(&before) })
}

// recorder takes the place of containerd's reaper and records the starts.
type recorder struct {
	runc.ProcessMonitor
	lock   sync.Mutex
	starts []start
}

type start struct {
	path, name string
	file       containers.File // the file to which path led
	extra      int
	locked     bool
}

func (r *recorder) record(cmd *exec.Cmd, locked bool) {
	file, _ := containers.Identity(cmd.Path)
	r.lock.Lock()
	defer r.lock.Unlock()
	r.starts = append(r.starts, start{cmd.Path, cmd.Args[0], file, len(cmd.ExtraFiles), locked})
}

func (r *recorder) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	r.record(cmd, false)
	return r.ProcessMonitor.Start(cmd)
}

func (r *recorder) StartLocked(cmd *exec.Cmd) (chan runc.Exit, error) {
	r.record(cmd, true)
	return r.ProcessMonitor.StartLocked(cmd)
}

func sealCopy(t *testing.T, r containers.Runtime) (*os.File, containers.File) {
	t.Helper()
	path := containers.Copy(t, r.Path)
	sealed, err := exeseal.ClonePath(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sealed.Close() })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return sealed, identity(t, sealed)
}

func identity(t *testing.T, f *os.File) containers.File {
	t.Helper()
	file := identityOf(f)
	if file.Inode == 0 {
		t.Fatalf("fstat of %s failed", f.Name())
	}
	return file
}

func identityOf(f *os.File) containers.File {
	info, err := f.Stat()
	if err != nil {
		return containers.File{}
	}
	stat := info.Sys().(*syscall.Stat_t)
	return containers.File{Device: uint64(stat.Dev), Inode: stat.Ino}
}

func newRunc(t *testing.T, r containers.Runtime, command string) *runc.Runc {
	t.Helper()
	return &runc.Runc{Command: command, Root: t.TempDir(), ExtraArgs: r.Args}
}

// container is a created container.
type container struct {
	id     string
	pid    int
	output *bufio.Reader
}

// create makes a container, which the runtime on the disk deletes at the end of the test.
func create(t *testing.T, r containers.Runtime, client *runc.Runc, bundle string, extra ...*os.File) *container {
	t.Helper()
	pipes, err := runc.NewPipeIO(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipes.Close() })
	c := &container{id: containerID(t, r, client)}
	pidFile := filepath.Join(t.TempDir(), "pid")
	opts := &runc.CreateOpts{IO: pipes, PidFile: pidFile, ExtraFiles: extra}
	err = client.Create(context.Background(), c.id, bundle, opts)
	c.output = bufio.NewReader(pipes.Stdout())
	if err != nil {
		message := make([]byte, 4096)
		pipes.(runc.StartCloser).CloseAfterStart()
		n, _ := pipes.Stderr().Read(message)
		t.Fatalf("create: %v: %s", err, message[:n])
	}
	if c.pid, err = runc.ReadPidFile(pidFile); err != nil {
		t.Fatal(err)
	}
	return c
}

// containerID returns a unique ID. At the end of the test the container is deleted.
func containerID(t *testing.T, r containers.Runtime, client *runc.Runc) string {
	t.Helper()
	id := fmt.Sprintf("exeseal-test-%d-%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(client.Root, id)); err == nil {
			args := append([]string{"--root", client.Root}, append(r.Args, "delete", "--force", id)...)
			if out, err := exec.Command(r.Path, args...).CombinedOutput(); err != nil {
				t.Errorf("delete --force: %v: %s", err, out)
			}
		}
	})
	return id
}

// patience bounds a wait that may hang. On a busy machine a container may be slow.
const patience = 10 * time.Minute

// line reads a line of the container's output.
func (c *container) line(t *testing.T) string {
	t.Helper()
	got := make(chan string, 1)
	go func() {
		text, err := c.output.ReadString('\n')
		if err != nil {
			text += "(" + err.Error() + ")"
		}
		got <- strings.TrimSuffix(text, "\n")
	}()
	select {
	case text := <-got:
		return text
	case <-time.After(patience):
		t.Fatal("the container printed nothing")
		return ""
	}
}

func numbers(list map[string]containers.Descriptor) string {
	var all []string
	for number := range list {
		all = append(all, fmt.Sprintf("%4s", number))
	}
	sort.Strings(all)
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// pointsAt counts and logs the descriptors that lead to one of the files.
func pointsAt(t *testing.T, who string, list map[string]containers.Descriptor, files ...containers.File) (count int) {
	t.Helper()
	for number, descriptor := range list {
		for _, file := range files {
			if descriptor.File == file {
				t.Logf("%s: descriptor %s is %s", who, number, descriptor.Link)
				count++
			}
		}
	}
	return count
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("timed out waiting for: " + what)
		}
	}
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// endContainer kills and deletes a container through the client, which executes the sealed file.
func endContainer(t *testing.T, client *runc.Runc, id string) {
	t.Helper()
	ctx := context.Background()
	must(t, "kill", client.Kill(ctx, id, int(syscall.SIGKILL), nil))
	waitFor(t, "stopped", func() bool {
		state, err := client.State(ctx, id)
		must(t, "state", err)
		return state.Status == "stopped"
	})
	must(t, "delete", client.Delete(ctx, id, nil))
	if state, err := client.State(ctx, id); err == nil {
		t.Errorf("after delete there is still %+v", state)
	}
}

// All commands of a container's life are executed from one descriptor, whose file is deleted.
func TestContainerLife(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		ctx := context.Background()
		sealed, sealedFile := sealCopy(t, r)
		diskFile, err := containers.Identity(r.Path)
		must(t, "stat", err)
		seen := &recorder{ProcessMonitor: before}
		setMonitor(t, gorunc.Monitor(seen, "sealed-runtime", gorunc.Shared(sealed)))
		client := newRunc(t, r, "sealed-runtime")

		version, err := client.Version(ctx)
		must(t, "version", err)
		if version.Runc == "" && r.Name == "runc" { // go-runc cannot parse crun's output
			t.Errorf("version: %+v", version)
		}

		var extra []*os.File
		for _, text := range []string{"first", "second", "third"} {
			f, err := os.Create(filepath.Join(t.TempDir(), text))
			must(t, "extra", err)
			defer f.Close()
			_, err = f.WriteString(text + "\n")
			must(t, "extra", err)
			_, err = f.Seek(0, io.SeekStart)
			must(t, "extra", err)
			extra = append(extra, f)
		}
		bundle := containers.Bundle(t, "busybox ls /proc/1/fd; cat <&3; cat <&4; cat <&5; echo ready; exec sleep 1000")
		c := create(t, r, client, bundle, extra...)

		state, err := client.State(ctx, c.id)
		must(t, "state", err)
		if state.Status != "created" || state.Pid != c.pid {
			t.Errorf("state: %+v", state)
		}
		exe, err := containers.Identity(fmt.Sprintf("/proc/%d/exe", c.pid))
		must(t, "exe", err)
		if exe != sealedFile {
			link, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", c.pid))
			t.Errorf("init runs from %s %v, not from our file %v", link, exe, sealedFile)
		}
		if pointsAt(t, "init", containers.Descriptors(t, c.pid), sealedFile, diskFile) != 0 {
			t.Error("init has a descriptor of the runtime")
		}

		must(t, "start", client.Start(ctx, c.id))
		for _, want := range []string{"0", "1", "2", "3", "4", "5", "first", "second", "third", "ready"} {
			if got := c.line(t); got != want {
				t.Errorf("the container says %q, not %q", got, want)
			}
		}
		open := containers.Descriptors(t, c.pid)
		if got := numbers(open); got != "0 1 2 3 4 5" {
			t.Errorf("the container has %s: %v", got, open)
		}
		for i, f := range extra {
			if number := fmt.Sprint(3 + i); open[number].File != identity(t, f) {
				t.Errorf("the container's %s is %v, not %s", number, open[number], f.Name())
			}
		}
		if pointsAt(t, "container", open, sealedFile, diskFile) != 0 {
			t.Error("the container has a descriptor of the runtime")
		}

		pipes, err := runc.NewPipeIO(0, 0)
		must(t, "pipes", err)
		defer pipes.Close()
		process := specs.Process{Args: []string{"/bin/sh", "-c", "busybox ls /proc/$$/fd; echo done"}, Env: []string{"PATH=/bin"}, Cwd: "/"}
		must(t, "exec", client.Exec(ctx, c.id, process, &runc.ExecOpts{IO: pipes}))
		if text, err := io.ReadAll(pipes.Stdout()); err != nil || string(text) != "0\n1\n2\ndone\n" {
			t.Errorf("exec: descriptors %q, %v", text, err)
		}

		pids, err := client.Ps(ctx, c.id)
		must(t, "ps", err)
		if len(pids) != 1 || pids[0] != c.pid {
			t.Errorf("ps: %v, not %d", pids, c.pid)
		}
		endContainer(t, client, c.id)

		if len(seen.starts) < 9 {
			t.Errorf("only %d starts were seen", len(seen.starts))
		}
		for _, start := range seen.starts {
			if start.file != sealedFile || start.name != sealed.Name() || filepath.Base(start.name) != r.Name {
				t.Errorf("started %+v, not %v", start, sealedFile)
			}
			if start.extra != 0 && start.extra != len(extra) {
				t.Errorf("%d ExtraFiles", start.extra)
			}
		}
	})
}

func TestEventsAndStats(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		if out, _ := exec.Command(r.Path, "events", "--help").CombinedOutput(); !strings.Contains(string(out), "--stats") {
			t.Skipf("%s has no events --stats", r.Name)
		}
		sealed, _ := sealCopy(t, r)
		setMonitor(t, gorunc.Monitor(before, "sealed-runtime", gorunc.Shared(sealed)))
		client := newRunc(t, r, "sealed-runtime")
		c := create(t, r, client, containers.Bundle(t, "exec sleep 1000"))
		must(t, "start", client.Start(context.Background(), c.id))
		stats, err := statsOf(client, c.id)
		must(t, "stats", err)
		if stats == nil {
			t.Error("no stats")
		}
		t.Run("events", func(t *testing.T) {
			byPath := newRunc(t, r, r.Path)
			byPath.Root = client.Root
			if event := firstEvent(t, byPath, c.id); event == nil || event.Err != nil {
				t.Skipf("%s has no events here, not even by its path: they require the memory controller in cgroup2", r.Name)
			}
			if event := firstEvent(t, client, c.id); event == nil || event.Err != nil || event.Type != "stats" {
				t.Errorf("events: %+v", event)
			}
		})
		endContainer(t, client, c.id)
	})
}

// statsOf repeats the call if go-runc lost the answer: go-runc's own monitor may reap a process
// that ends early, and closes the pipe before it is read.
func statsOf(client *runc.Runc, id string) (stats *runc.Stats, err error) {
	for try := 0; try < 200; try++ {
		if stats, err = client.Stats(context.Background(), id); !errors.Is(err, os.ErrClosed) && !errors.Is(err, io.EOF) {
			return stats, err
		}
	}
	return stats, err
}

func firstEvent(t *testing.T, client *runc.Runc, id string) *runc.Event {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	events, err := client.Events(ctx, id, time.Second)
	must(t, "events", err)
	first := <-events
	stop()
	for event := range events {
		if event.Err != nil {
			go func() { // go-runc repeats this error without end
				for range events {
				}
			}()
			break
		}
	}
	return first
}

func TestConsoleSocket(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		ctx := context.Background()
		sealed, sealedFile := sealCopy(t, r)
		setMonitor(t, gorunc.Monitor(before, "sealed-runtime", gorunc.Shared(sealed)))
		client := newRunc(t, r, "sealed-runtime")
		socket, err := runc.NewTempConsoleSocket()
		must(t, "socket", err)
		defer socket.Close()
		bundle := containers.Bundle(t, "[ -t 0 ] && [ -t 1 ] && echo a terminal; exec sleep 1000", func(spec *specs.Spec) {
			spec.Process.Terminal = true
			spec.Mounts = append(spec.Mounts, specs.Mount{Destination: "/dev/pts", Type: "devpts", Source: "devpts",
				Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}})
		})
		id := containerID(t, r, client)
		must(t, "create", client.Create(ctx, id, bundle, &runc.CreateOpts{ConsoleSocket: socket}))
		console, err := socket.ReceiveMaster()
		must(t, "console", err)
		defer console.Close()
		must(t, "start", client.Start(ctx, id))
		c := &container{output: bufio.NewReader(console)}
		if got := strings.TrimSpace(c.line(t)); got != "a terminal" {
			t.Errorf("the terminal shows %q", got)
		}
		state, err := client.State(ctx, id)
		must(t, "state", err)
		if open := containers.Descriptors(t, state.Pid); numbers(open) != "0 1 2" || pointsAt(t, "container", open, sealedFile) != 0 {
			t.Errorf("the container has %v", open)
		}
		endContainer(t, client, id)
	})
}

// TestPdeathSignal kills the process that started `runtime run` from a sealed file. The runtime
// must die too.
func TestPdeathSignal(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		client := newRunc(t, r, "")
		id := containerID(t, r, client)
		helper := exec.Command("/proc/self/exe")
		helper.Env = append(os.Environ(), killHelper+"="+strings.Join([]string{r.Name, client.Root, containers.Bundle(t, "exec sleep 1000"), id}, ":"))
		helper.Stderr = os.Stderr
		output, err := helper.StdoutPipe()
		must(t, "pipe", err)
		must(t, "helper", helper.Start())
		var pid int
		var file containers.File
		if _, err := fmt.Fscan(output, &pid, &file.Device, &file.Inode); err != nil {
			t.Fatal(err)
		}
		exe := fmt.Sprintf("/proc/%d/exe", pid)
		if got, err := containers.Identity(exe); err != nil || got != file {
			t.Errorf("the runtime runs from %v, not from %v: %v", got, file, err)
		}
		must(t, "kill", helper.Process.Kill())
		helper.Wait()
		waitFor(t, "the runtime has died", func() bool {
			_, err := containers.Identity(exe)
			return err != nil
		})
	})
}

// runUntilKilled is the process that TestPdeathSignal kills. It prints the runtime's PID and file
// when a container runs.
func runUntilKilled(args []string) {
	r := map[string]containers.Runtime{"runc": containers.Runc, "crun": containers.Crun}[args[0]]
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	sealed, err := exeseal.ClonePath(r.Path)
	fail(err)
	var stat syscall.Stat_t
	fail(syscall.Fstat(int(sealed.Fd()), &stat))
	seen := &recorder{ProcessMonitor: before}
	runc.Monitor = gorunc.Monitor(seen, "sealed-runtime", gorunc.Shared(sealed))
	client := &runc.Runc{Command: "sealed-runtime", Root: args[1], ExtraArgs: r.Args, PdeathSignal: syscall.SIGKILL}
	started := make(chan int, 1)
	go func() {
		_, err := client.Run(context.Background(), args[3], args[2], &runc.CreateOpts{Started: started})
		fail(fmt.Errorf("run ended: %w", err))
	}()
	pid := <-started
	if !seen.starts[0].locked {
		fail(errors.New("the runtime was not started by StartLocked"))
	}
	for {
		if state, err := client.State(context.Background(), args[3]); err == nil && state.Status == "running" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Println(pid, uint64(stat.Dev), stat.Ino)
	select {}
}

// A new file is made for each command that starts a process and closed after it. All other commands
// share one file.
func TestPerStart(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		ctx := context.Background()
		var made []*os.File
		clone := func() (*os.File, error) {
			f, err := exeseal.ClonePath(r.Path)
			made = append(made, f)
			return f, err
		}
		seen := &recorder{ProcessMonitor: before}
		setMonitor(t, gorunc.Monitor(seen, "sealed-runtime", gorunc.PerStart(clone)))
		client := newRunc(t, r, "sealed-runtime")
		c := create(t, r, client, containers.Bundle(t, "echo ready; exec sleep 1000"))
		init, err := containers.Identity(fmt.Sprintf("/proc/%d/exe", c.pid))
		must(t, "exe", err)
		if init != seen.starts[0].file {
			t.Errorf("init runs from %v, not from %v", init, seen.starts[0].file)
		}
		must(t, "start", client.Start(ctx, c.id))
		if got := c.line(t); got != "ready" {
			t.Errorf("the container says %q", got)
		}
		process := specs.Process{Args: []string{"/bin/busybox", "true"}, Cwd: "/"}
		must(t, "exec", client.Exec(ctx, c.id, process, nil))
		must(t, "exec", client.Exec(ctx, c.id, process, nil))
		_, err = client.Version(ctx)
		must(t, "version", err)
		endContainer(t, client, c.id) // kill, state at least twice, delete

		const fresh, forAllOthers = 3, 1 // create, exec, exec
		files := map[containers.File]int{}
		for _, start := range seen.starts {
			files[start.file]++
		}
		shared := seen.starts[1].file
		if len(made) != fresh+forAllOthers || len(files) != len(made) || files[shared] != len(seen.starts)-fresh {
			t.Errorf("%d clones for %d commands: %v", len(made), len(seen.starts), files)
		}
		for _, f := range made {
			if isShared := identityOf(f) == shared; isClosed(f) == isShared {
				t.Errorf("%s is open, or the shared one is closed", f.Name())
			}
		}
	})
}

// Many commands start at the same time, before the shared file exists.
func TestPerStartConcurrentStarts(t *testing.T) {
	var clones atomic.Int32
	path := busybox(t)
	fails := true
	source := gorunc.PerStart(func() (*os.File, error) {
		clones.Add(1)
		if fails {
			return nil, errors.New("no clone yet")
		}
		return exeseal.ClonePath(path)
	})
	if _, _, err := source.Open(exec.Command("sealed", "state", "id")); err == nil {
		t.Error("no error")
	}
	fails = false
	var group sync.WaitGroup
	files := make([]*os.File, 20)
	for i := range files {
		i := i
		group.Add(1)
		go func() {
			defer group.Done()
			files[i], _, _ = source.Open(exec.Command("sealed", "state", "id"))
		}()
	}
	group.Wait()
	for _, f := range files {
		if f == nil || f != files[0] {
			t.Errorf("%v, not %v", f, files[0])
		}
	}
	if clones.Load() != 2 {
		t.Errorf("%d clones, not the one that failed and another", clones.Load())
	}
}

func TestPerStartFails(t *testing.T) {
	failure := errors.New("no clone today")
	monitor := gorunc.Monitor(before, "sealed-runtime", gorunc.PerStart(func() (*os.File, error) { return nil, failure }))
	for name, start := range map[string]func(*exec.Cmd) (chan runc.Exit, error){"Start": monitor.Start, "StartLocked": monitor.StartLocked} {
		if _, err := start(exec.Command("sealed-runtime")); !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed, err := exeseal.ClonePath("/proc/self/exe")
	must(t, "clone", err)
	closed.Close()
	monitor = gorunc.Monitor(before, "sealed-runtime", gorunc.Shared(closed))
	if _, err := monitor.Start(exec.Command("sealed-runtime")); err == nil {
		t.Error("a closed file was executed")
	}
}

// TestTwoRuntimes uses both sealed runtimes, and a third one by its path, through one chain of
// Monitors.
func TestTwoRuntimes(t *testing.T) {
	containers.Runc.Need(t)
	containers.Crun.Need(t)
	seen := &recorder{ProcessMonitor: before}
	files := map[string]containers.File{}
	var monitor runc.ProcessMonitor = seen
	for _, r := range []containers.Runtime{containers.Runc, containers.Crun} {
		sealed, file := sealCopy(t, r)
		files[r.Name] = file
		monitor = gorunc.Monitor(monitor, "sealed-"+r.Name, gorunc.Shared(sealed))
	}
	setMonitor(t, monitor)
	for _, r := range []containers.Runtime{containers.Runc, containers.Crun, containers.Runc} {
		client := newRunc(t, r, "sealed-"+r.Name)
		c := create(t, r, client, containers.Bundle(t, "exec sleep 1000"))
		if exe, err := containers.Identity(fmt.Sprintf("/proc/%d/exe", c.pid)); err != nil || exe != files[r.Name] {
			t.Errorf("%s: init runs from %v, not from %v: %v", r.Name, exe, files[r.Name], err)
		}
		must(t, "start", client.Start(context.Background(), c.id))
		defer endContainer(t, client, c.id)
	}
	seen.starts = nil
	_, err := newRunc(t, containers.Runc, containers.Runc.Path).Version(context.Background())
	must(t, "version", err)
	disk, err := containers.Identity(containers.Runc.Path)
	must(t, "stat", err)
	want := []start{{path: containers.Runc.Path, name: containers.Runc.Path, file: disk}}
	if !reflect.DeepEqual(seen.starts, want) {
		t.Errorf("a command without a Monitor was started as %+v, not %+v", seen.starts, want)
	}
}

// commandFile does what go-runc's CommandFile does (pull request 113).
type commandFile struct {
	runc.ProcessMonitor
	file *os.File
}

func (m commandFile) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	if err := exeseal.SetCommandFile(cmd, m.file); err != nil {
		return nil, err
	}
	return m.ProcessMonitor.Start(cmd)
}

// crun gives the container as many descriptors as LISTEN_FDS says, even if the variable was meant
// for another process. If the runtime was executed from an inherited descriptor, that descriptor
// reaches the container. A runtime that Monitor starts has inherited none.
func TestListenFDsPassNoRuntimeToTheContainer(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		t.Setenv("LISTEN_FDS", "1")
		sealed, sealedFile := sealCopy(t, r)
		disk, err := os.Open(r.Path)
		must(t, "open", err)
		defer disk.Close()
		diskFile := identity(t, disk)
		holds := func(t *testing.T, monitor runc.ProcessMonitor) (int, string) {
			setMonitor(t, monitor)
			client := newRunc(t, r, "sealed-runtime")
			c := create(t, r, client, containers.Bundle(t, "echo ready; exec sleep 1000"))
			must(t, "start", client.Start(context.Background(), c.id))
			if got := c.line(t); got != "ready" {
				t.Errorf("the container says %q", got)
			}
			open := containers.Descriptors(t, c.pid)
			count := pointsAt(t, "container", open, sealedFile, diskFile)
			endContainer(t, client, c.id)
			return count, numbers(open)
		}
		t.Run("control: an inherited descriptor of the file", func(t *testing.T) {
			leaks := map[string]int{"crun": 1, "runc": 0}[r.Name] // runc compares LISTEN_PID
			if count, _ := holds(t, commandFile{before, disk}); count != leaks {
				t.Errorf("%d descriptors of the runtime are in the container, not %d", count, leaks)
			}
		})
		t.Run("Monitor", func(t *testing.T) {
			count, open := holds(t, gorunc.Monitor(before, "sealed-runtime", gorunc.Shared(sealed)))
			if count != 0 || open != "0 1 2" {
				t.Errorf("the container has %s, %d of them the runtime", open, count)
			}
		})
	})
}

// Between create and start, crun's init holds the descriptor that the runtime has inherited from
// CommandFile.
func TestMonitorPassesNoDescriptorToInit(t *testing.T) {
	containers.ForEach(t, func(t *testing.T, r containers.Runtime) {
		sealed, file := sealCopy(t, r)
		for name, way := range map[string]struct {
			monitor runc.ProcessMonitor
			held    int
		}{
			"control: CommandFile": {commandFile{before, sealed}, map[string]int{"crun": 1, "runc": 0}[r.Name]},
			"Monitor":              {gorunc.Monitor(before, "sealed-runtime", gorunc.Shared(sealed)), 0},
		} {
			t.Run(name, func(t *testing.T) {
				setMonitor(t, way.monitor)
				client := newRunc(t, r, "sealed-runtime")
				c := create(t, r, client, containers.Bundle(t, "exec sleep 1000"))
				if count := pointsAt(t, "init", containers.Descriptors(t, c.pid), file); count != way.held {
					t.Errorf("init has %d descriptors of the runtime, not %d", count, way.held)
				}
				must(t, "delete", client.Delete(context.Background(), c.id, &runc.DeleteOpts{Force: true}))
			})
		}
	})
}

// The environment that go-runc sets keeps LISTEN_FDS if the sockets are in ExtraFiles.
func TestMonitorKeepsListenFDsWithTheSockets(t *testing.T) {
	t.Setenv("LISTEN_FDS", "1")
	sealed, err := exeseal.ClonePath(busybox(t))
	must(t, "clone", err)
	defer sealed.Close()
	monitor := gorunc.Monitor(before, "sealed-busybox", gorunc.Shared(sealed))
	for name, environment := range map[string][]string{"as go-runc has it": os.Environ(), "nil": nil} {
		for count, want := range []string{"", "1"} {
			var output strings.Builder
			cmd := exec.Command("sealed-busybox", "sh", "-c", "echo $LISTEN_FDS")
			cmd.Env, cmd.ExtraFiles, cmd.Stdout = environment, []*os.File{os.Stdin}[:count], &output
			exits, err := monitor.Start(cmd)
			waitForExit(t, monitor, cmd, exits, err)
			if strings.TrimSpace(output.String()) != want {
				t.Errorf("%s, %d sockets: LISTEN_FDS is %q", name, count, output.String())
			}
		}
	}
}
