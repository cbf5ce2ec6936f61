// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/gorunc"
	"github.com/exeseal/exeseal/tests/lib/vm/guest/vm"
	"golang.org/x/sys/unix"
)

// attackers have the capabilities that CVE-2019-5736 requires, and more than a container has by
// default: they can inspect other processes and write to other users' files.
var attackers = []string{"CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SYS_PTRACE"}

const unsealed = "/run/unsealed/runtime"

// attack lets a container overwrite its runtime. As the control, it must succeed once against a
// runc in a file, without runc's own protection.
func attack(c *checks, reaper *reaper) {
	defenceless, err := fromStream("defenceless", "exeseal_defenceless_size")
	if !c.that("a runtime without protection of its own", err) {
		return
	}
	runc.Monitor = reaper
	c.that("control: it is in a file", putInFile(defenceless, unsealed))
	c.that("control: that file is found in the tree", findsOnly(unsealed))
	says, err := attackOn(newClient(unsealed, "unsealed"), reaper)
	c.that("control: the attack works on the file", errors.Join(err, begins(says, "attack: overwritten ")))
	content, err := os.ReadFile(unsealed)
	c.that("control: the file is overwritten", errors.Join(err, begins(string(content), "#!/overwritten\n")))
	c.that("control: the file is gone", unix.Unmount("/run/unsealed", unix.MNT_DETACH))

	refuses(c, reaper, "defenceless", defenceless)
	sealed, err := fromThisProgram()
	if c.that("the runtime is sealed", err) {
		refuses(c, reaper, "sealed", sealed, runtimeOptions()...)
	}
}

// refuses checks that a sealed runtime withstands the attack.
func refuses(c *checks, reaper *reaper, name string, sealed *os.File, options ...string) {
	before, _ := io.ReadAll(io.NewSectionReader(sealed, 0, 1<<30))
	runc.Monitor = gorunc.Monitor(reaper, "sealed-runtime", gorunc.Shared(sealed))
	says, err := attackOn(newClient("sealed-runtime", name, options...), reaper)
	c.that(name+": the attack is refused", errors.Join(err, is(says, "attack: operation not permitted /memfd:runtime")))
	after, err := io.ReadAll(io.NewSectionReader(sealed, 0, 1<<30))
	c.that(name+": the bytes are as they were", errors.Join(err, is(len(before) > 0 && bytes.Equal(before, after), true)))
	sealed.Close()
}

// attackOn runs the attacker in a container, and executes in it a program whose interpreter is the
// runtime: #!/proc/self/exe. Returns what the attacker printed.
func attackOn(client *runc.Runc, reaper *reaper) (string, error) {
	container, err := create(client, "attacker", attackers, "/bin/attacker")
	if err != nil {
		return "", errors.Join(err, whyOf(err, client))
	}
	defer func() {
		unix.Kill(container.pid, unix.SIGKILL)
		reaper.status(container.pid)
	}()
	if err := errors.Join(client.Start(background, "attacker"), container.says("ready")); err != nil {
		return "", err
	}
	container.exec(attackers, "/bin/bait") // fails as expected: the runtime has no such command
	return container.line()
}

func putInFile(program *os.File, path string) error {
	vm.Mount("tmpfs", "/run/unsealed", "tmpfs", 0, "") // executable files may lie here, unlike in /run
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.NewSectionReader(program, 0, 1<<30))
	return errors.Join(err, file.Close())
}

func findsOnly(path string) error {
	found, err := programs()
	return errors.Join(err, is(fmt.Sprint(found), fmt.Sprint([]string{path})))
}

func begins(got, want string) error {
	if strings.HasPrefix(got, want) {
		return nil
	}
	return fmt.Errorf("%.100q, and not %q", got, want)
}
