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

// firstExtraFile is the number that ExtraFiles[0] has in the child.
const firstExtraFile = 3

// Command is exec.CommandContext for a program that is in a file. argv[0] is the file's name.
//
// The child executes it by this process's descriptor: it inherits nothing of it, and ExtraFiles may be set afterwards. The file is
// kept from being collected for as long as the Cmd is (by its Cancel: who sets another one keeps the file as well), and must not be
// closed before Start has returned. Where the child may not look into this process (SysProcAttr.Credential, a new user
// namespace), use SetCommandFile.
//
// A script's interpreter, and what binfmt_misc starts, open the file only after the start: it must stay open until the process has ended.
//
// The child looks up the path in its own root directory. Do not set SysProcAttr.Chroot: whoever can write to that directory can put another program at
// the path, and Command returns before it could refuse. The same goes for a thread that has called chroot(2) or pivot_root(2), or has mounted something
// over /proc, in namespaces of its own, and calls Start. CLONE_NEWNS in SysProcAttr is safe: the child gets a copy of the mount namespace.
//
// If LISTEN_FDS is in this process's environment, Env is that environment without LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES and LISTEN_PIDFDID: the
// descriptors that they promise are not passed on, and a runtime that believes them hands out its own. Else Env is nil. A caller who passes the sockets
// in ExtraFiles sets Env as well.
//
// What goes wrong here, a closed file or no /proc, is the Cmd's Err, which Start returns.
func Command(ctx context.Context, f *os.File, args ...string) *exec.Cmd {
	path, err := CommandPath(f)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Args[0] = nameOf(f)
	cmd.Err = err
	cmd.Env = child.Environment(cmd)
	cmd.Cancel = func() error {
		runtime.KeepAlive(f) // this closure is what holds it
		return cmd.Process.Kill()
	}
	return cmd
}

// CommandPath is a path by which the file can be executed while it is open in this process: /proc/PID/fd/N. Unlike /proc/self/fd/N it
// means the same file in a child, whose descriptors os/exec moves about (golang/go#61751), if the child has this process's root directory and /proc:
// see Command about Chroot. It does not keep the file from being collected.
func CommandPath(f *os.File) (string, error) {
	if !isSupported {
		return "", errors.ErrUnsupported
	}
	pid, err := os.Readlink("/proc/self") // our PID as this /proc counts
	if err != nil {
		return "", err
	}
	var path string
	err = withDescriptor(f, func(fd int) { path = filepath.Join("/proc", pid, "fd", strconv.Itoa(fd)) })
	return path, err
}

// SetCommandFile makes cmd execute f, which the child inherits as the last of its ExtraFiles: those that are there keep their numbers.
// Files that are appended later get the numbers after it; those before it must not change. cmd.Args stays as it is.
//
// The child looks up /proc/self/fd/N in its own root directory: a cmd with SysProcAttr.Chroot is EINVAL. Do not set it afterwards; see Command.
//
// If cmd.Env is nil and ExtraFiles are not all the descriptors that this process's LISTEN_FDS promises, Env becomes the environment without it, as with
// Command. An Env that is set stays as it is.
//
// The child has f open: it should be a sealed clone, never the file of the program itself. It is how go-runc's CommandFile works (go-runc pull
// request 113). A runtime may hand the descriptor on: init of crun holds it until the container is started. gorunc's Monitor hands down none.
func SetCommandFile(cmd *exec.Cmd, f *os.File) error {
	if !isSupported {
		return errors.ErrUnsupported
	}
	if cmd.Process != nil {
		return errors.New("exeseal: the command has been started")
	}
	if err := child.CheckRoot(cmd); err != nil {
		return err
	}
	if err := withDescriptor(f, func(int) {}); err != nil {
		return err
	}
	if cmd.Env == nil {
		cmd.Env = child.Environment(cmd) // before f is appended, which is no socket
	}
	count := len(cmd.ExtraFiles)
	cmd.ExtraFiles = append(cmd.ExtraFiles[:count:count], f) // never into the caller's array
	cmd.Path = "/proc/self/fd/" + strconv.Itoa(firstExtraFile+count)
	cmd.Err = nil // the name that exec.Command was given need not be found
	return nil
}
