package libcontainer

import (
	"os"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/utils"
)

// clonersOf has the ways to clone of each mode, in order. Without an annotation, a runc that is
// already sealed is used as it is; otherwise a view is tried before a copy.
var clonersOf = map[exeseal.Mode]exeseal.Option{
	exeseal.ModeAutomatic:           exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy),
	exeseal.ModeROSharedPage:        exeseal.WithMode(exeseal.ModeROSharedPage),
	exeseal.ModeIndependentDataCopy: exeseal.WithMode(exeseal.ModeIndependentDataCopy),
}

// cloneSelfMode returns the mode that the container's annotations choose.
func cloneSelfMode(config *configs.Config) (exeseal.Mode, error) {
	_, annotations := utils.Annotations(config.Labels)
	return exeseal.ModeFromAnnotations(annotations)
}

// cloneSelf makes the file that "runc init" executes, which a container cannot write to.
func cloneSelf(mode exeseal.Mode, stateDir string) (*os.File, error) {
	directory, err := os.OpenFile(stateDir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	var report exeseal.Report
	clone, err := exeseal.CloneSelf(clonersOf[mode], exeseal.WithName("runc_cloned:/proc/self/exe"),
		exeseal.WithTempDir(directory), exeseal.WithReport(&report))
	if err == nil {
		logrus.Debugf("runc exeseal: using %s for sealed /proc/self/exe", report.Strategy)
	}
	return clone, err
}
