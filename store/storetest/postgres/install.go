package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

var errMissing = errors.New("the tests need PostgreSQL, and this machine has none that they may install: " +
	"install its server (Debian: apt-get install postgresql), or set " + URLVariable + " to the URL of one, as a superuser")

// Binaries returns the folder with the machine's newest programs of PostgreSQL's server, which it installs
// with apt if there are none and it may.
func Binaries() (string, error) {
	if folder, ok := find(); ok {
		return folder, nil
	}
	if err := install(); err != nil {
		return "", err
	}
	if folder, ok := find(); ok {
		return folder, nil
	}
	return "", errMissing
}

// find looks in PATH first, then where Debian keeps them, newest version first.
func find() (string, bool) {
	if path, err := exec.LookPath("initdb"); err == nil && complete(filepath.Dir(path)) {
		return filepath.Dir(path), true
	}
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, folder := range newestFirst(folders) {
		if complete(folder) {
			return folder, true
		}
	}
	return "", false
}

// newestFirst sorts folders that are called VERSION/bin.
func newestFirst(folders []string) []string {
	version := func(folder string) float64 { // 9.6 was one
		n, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(folder)), 64)
		return n
	}
	return slices.SortedFunc(slices.Values(folders), func(a, b string) int {
		return cmp.Compare(version(b), version(a))
	})
}

func complete(folder string) bool {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, program)); err != nil {
			return false
		}
	}
	return true
}

// installScript installs the server without the cluster that Debian's package
// would make and start. The setting that prevents it is taken back afterwards.
const installScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y -o DPkg::Lock::Timeout=120 --no-install-recommends postgresql-common
setting=/etc/postgresql-common/createcluster.d/attributed-tests.conf
trap 'rm -f "$setting"' EXIT
mkdir -p "${setting%/*}"
echo 'create_main_cluster = false' >"$setting"
apt-get install -y -o DPkg::Lock::Timeout=120 --no-install-recommends postgresql
`

// install needs apt, and root or a sudo that does not ask. Test programs that
// run at once take turns, and the later ones find what the first installed.
func install() error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errMissing
	}
	argv := []string{"/bin/sh", "-c", installScript}
	if os.Geteuid() != 0 {
		if exec.Command("sudo", "-n", "true").Run() != nil {
			return errMissing
		}
		argv = append([]string{"sudo", "-n"}, argv...)
	}
	turn, err := os.Open(os.TempDir()) // a lock that leaves no file behind
	if err != nil {
		return err
	}
	defer turn.Close()
	if err := syscall.Flock(int(turn.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if _, ok := find(); ok {
		return nil
	}
	fmt.Fprintln(os.Stderr, "no PostgreSQL on this machine: installing it with apt-get, for the tests")
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%w (apt-get: %s)", errMissing, lines[len(lines)-1])
	}
	return nil
}
