// SPDX-License-Identifier: MIT

package exeseal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/exeseal/exeseal/go/internal/child"
)

// firstExtraFile is the child's number of ExtraFiles[0].
const firstExtraFile = 3

// Command returns an exec.Cmd, as exec.CommandContext does, that executes an open file. Its argv[0]
// is the file's name.
//
// The child executes the file through /proc/PID/fd of this process and does not inherit the
// descriptor. ExtraFiles may be set afterwards. If the child may not access this process's
// /proc/PID/fd (SysProcAttr.Credential, a new user namespace), use [SetCommandFile].
//
// Do not close the file before Start has returned. If the file is a script, or binfmt_misc runs it,
// the interpreter opens the file after the start: keep the file open until the process has ended.
// The Cmd's Cancel function references the file, so that the file is not garbage-collected before
// the Cmd. A caller that replaces Cancel must keep a reference to the file.
//
// The child looks up the path in its own root directory. Do not set SysProcAttr.Chroot: a user who
// can write to the new root can put another program at that path, and Command returns before it
// could reject the setting. Likewise, do not call Start on a thread that has called chroot(2) or
// pivot_root(2), or that has mounted something over /proc in its own mount namespace. CLONE_NEWNS
// in SysProcAttr is safe, because the child gets a copy of the mount namespace.
//
// If this process's environment contains LISTEN_FDS, Env is set to that environment without
// LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES and LISTEN_PIDFDID. The child does not inherit the sockets
// that these variables announce, and a runtime that trusts them would hand out its own descriptors
// instead. Otherwise Env is nil. A caller that passes the sockets in ExtraFiles must set Env too.
//
// If the file is closed or /proc is unusable, the error is in the Cmd's Err, which Start returns.
func Command(ctx context.Context, f *os.File, args ...string) *exec.Cmd {
	path, err := CommandPath(f)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Args[0] = nameOf(f)
	cmd.Err = err
	cmd.Env = child.Environment(cmd)
	cmd.Cancel = func() error {
		// The closure references f, which keeps the file open.
		runtime.KeepAlive(f)
		return cmd.Process.Kill()
	}
	return cmd
}

// CommandPath returns a path, /proc/PID/fd/N, that executes the file as long as the file is open in
// this process. Unlike /proc/self/fd/N, the path leads to the same file in a child, whose
// descriptors os/exec renumbers (golang/go#61751). The child must have this process's root
// directory and /proc: see Command about Chroot. CommandPath does not protect the file from garbage
// collection.
func CommandPath(f *os.File) (string, error) {
	if !isSupported {
		return "", errors.ErrUnsupported
	}
	pid, err := os.Readlink("/proc/self") // this process's PID in the PID namespace of this /proc
	if err != nil {
		return "", err
	}
	var path string
	err = withDescriptor(f, func(fd int) { path = filepath.Join("/proc", pid, "fd", strconv.Itoa(fd)) })
	return path, err
}

// SetCommandFile makes cmd execute f. The child inherits f as its last extra file: files that are
// already in ExtraFiles keep their numbers. Files appended later get the numbers after f; do not
// change the entries before it. cmd.Args is not changed.
//
// The child looks up /proc/self/fd/N in its own root directory. If SysProcAttr.Chroot is set,
// SetCommandFile returns EINVAL. Do not set it afterwards; see Command.
//
// If cmd.Env is nil and ExtraFiles does not hold all descriptors that LISTEN_FDS of this process
// announces, Env is set to the environment without the socket activation variables, as by Command.
// If cmd.Env is set, it is not changed.
//
// The child has f open. Pass a sealed clone, never the original file of the program. A runtime may
// pass the descriptor on: crun's init holds it until the container is started. gorunc.Monitor
// passes no descriptor to the runtime. go-runc's CommandFile (go-runc pull request 113) works like
// SetCommandFile.
func SetCommandFile(cmd *exec.Cmd, f *os.File) error {
	if !isSupported {
		return errors.ErrUnsupported
	}
	if cmd.Process != nil {
		return errors.New("exeseal: the command has already been started; call SetCommandFile before Start")
	}
	if err := child.CheckRoot(cmd); err != nil {
		return err
	}
	if err := withDescriptor(f, func(int) {}); err != nil {
		return err
	}
	if cmd.Env == nil {
		cmd.Env = child.Environment(cmd) // before f is appended: f is not a socket
	}
	count := len(cmd.ExtraFiles)
	// copies the slice instead of writing into the caller's array
	cmd.ExtraFiles = append(cmd.ExtraFiles[:count:count], f)
	cmd.Path = "/proc/self/fd/" + strconv.Itoa(firstExtraFile+count)
	cmd.Err = nil // exec.Command may have failed to find its program, which is not needed
	return nil
}
