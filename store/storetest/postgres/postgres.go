// Package postgres gives tests a PostgreSQL server: the one that
// TEST_DATABASE_URL names, or a private one that it starts from the machine's
// binaries, which it installs if it may.
//
// A private server has a folder and a port of its own on the loopback address,
// and a random password. It ends, and its folder is removed, when it is stopped
// or when its owner dies, however that happens.
package postgres

import (
	"bufio"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// URLVariable is the environment variable that names the server to test on, as
// a superuser of it. If it is empty, tests start a server themselves.
const URLVariable = "TEST_DATABASE_URL"

// Server is a private PostgreSQL server.
type Server struct {
	url      string
	settings Settings
	binaries string // the folder of the programs that it was started from
	folder   string
	keeper   *exec.Cmd
	owned    io.WriteCloser // the keeper's standard input: takes orders, and is closed when the owner is done or dead
	says     *bufio.Reader  // the keeper's standard output
}

// keep is the script of the process between a server and its owner: it starts
// the server and says "ready", or what went wrong. It does as it is told on its standard
// input, and when that ends, which the kernel sees to even for an owner that was killed, it
// stops the server and removes the folder.
// There is no socket file.
//
//go:embed keep.sh
var keep string

// Settings are what a server is started with.
type Settings struct {
	arguments []string // of its command line
	inMemory  bool     // its files need not survive it, and are kept in memory where there is room

	primary *Server // whose standby it is, nil for none
}

// ForTests are settings with which a server's data would not survive a power cut,
// and needs not: all is thrown away. The time zone is an odd one so that a test
// notices who forgets about UTC.
var ForTests = Settings{
	arguments: []string{"-c", "max_connections=300", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_wal_size=256MB", "-c", "timezone=America/St_Johns"},
	inMemory:  true,
}

// AsShipped leaves all settings as they are after an installation: what is
// measured with them is what an operator would see.
var AsShipped = Settings{}

// Start starts a server with the newest binaries of the machine. If there are
// none it installs them with apt, or says what to install. As root it runs the
// server as another user, since PostgreSQL refuses to run as root.
func Start(ctx context.Context, settings Settings) (*Server, error) {
	binaries, err := Binaries()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		s, err := start(ctx, binaries, settings)
		if err == nil || ctx.Err() != nil || attempt == 3 { // the free port may be taken meanwhile
			return s, err
		}
	}
}

// Standby starts a server that streams from s, and answers reads meanwhile. It has the settings, the password and all
// databases of s.
func (s *Server) Standby(ctx context.Context) (*Server, error) {
	settings := s.settings
	settings.primary = s
	return Start(ctx, settings)
}

func start(ctx context.Context, binaries string, settings Settings) (*Server, error) {
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	password, copies, source := rand.Text(), "", ""
	if primary := settings.primary; primary != nil {
		u, err := url.Parse(primary.url)
		if err != nil {
			return nil, err
		}
		if copies, err = primary.Program("pg_basebackup"); err != nil {
			return nil, err
		}
		password, _ = u.User.Password()
		source = u.Port()
	}
	folder, err := newFolder(parentFolder(settings, account), account, password)
	if err != nil {
		return nil, err
	}
	script := append([]string{"-c", keep, "keep", binaries, folder, port, copies, source}, settings.arguments...)
	s := &Server{settings: settings, binaries: binaries, folder: folder, keeper: exec.Command("/bin/sh", script...), url: (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("postgres", password),
		Host:     net.JoinHostPort("127.0.0.1", port),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}).String()}
	if err := s.launch(account); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	stop := context.AfterFunc(ctx, func() { s.owned.Close() })
	defer stop()

	line, _ := s.says.ReadString('\n')
	if line == "ready\n" && ctx.Err() == nil {
		return s, nil
	}
	rest, _ := io.ReadAll(s.says)
	s.Stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("start PostgreSQL from %s: %s", binaries, strings.TrimSpace(line+string(rest)))
}

// launch starts the keeper.
func (s *Server) launch(account *syscall.Credential) (err error) {
	s.keeper.Dir = s.folder // the working directory may be closed to the account
	s.keeper.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true, // Ctrl-C must not end it before it has tidied up
		Credential: account,
	}
	// Nothing is written there. Holding it makes go test, and whoever else reads
	// the owner's output to its end, wait until all is tidy.
	s.keeper.Stderr = os.Stderr
	if s.owned, err = s.keeper.StdinPipe(); err != nil {
		return err
	}
	says, err := s.keeper.StdoutPipe()
	s.says = bufio.NewReader(says)
	if err != nil {
		return err
	}
	return s.keeper.Start()
}

// memory is the folder whose files are in memory, on Linux; room is how much of it must be
// free to be used: the tests of store and server need a tenth of it.
const memory, room = "/dev/shm", 1 << 30

// parentFolder returns where a server's folder goes. A database has some 300 files, and each
// test has a database: on a disk, making and removing them can take longer than all the tests do
// (on ext4 without a journal, which passes over the inodes of files that were just removed).
func parentFolder(settings Settings, account *syscall.Credential) string {
	var system syscall.Statfs_t
	switch {
	case settings.inMemory && syscall.Statfs(memory, &system) == nil && system.Bavail*uint64(system.Bsize) >= room:
		return memory
	case account != nil:
		return "/tmp" // root's own may be closed to the account
	default:
		return os.TempDir()
	}
}

// newFolder makes a folder of the account's with a file of the password.
func newFolder(parent string, account *syscall.Credential, password string) (string, error) {
	folder, err := os.MkdirTemp(parent, "attributed-postgres-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, "password")
	err = os.WriteFile(file, []byte(password), 0o600)
	if account != nil && err == nil {
		err = errors.Join(os.Chown(file, int(account.Uid), int(account.Gid)), os.Chown(folder, int(account.Uid), int(account.Gid)))
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return folder, nil
}

// URL is the server's maintenance database, as its superuser.
func (s *Server) URL() string { return s.url }

// Program finds another program that came with the server, as pgbench.
func (s *Server) Program(name string) (string, error) {
	if initdb, err := filepath.EvalSymlinks(filepath.Join(s.binaries, "initdb")); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(initdb), name)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

// Crash ends the server as pg_ctl stop -m immediate does: it writes nothing more, and has
// to recover when it starts again.
func (s *Server) Crash() error { return s.order("crash", "crashed") }

// Restart starts the server again after a Crash, at the same URL, and returns once it takes connections.
func (s *Server) Restart() error { return s.order("start", "ready") }

// order tells the keeper to do something, and waits until it says that it is done.
func (s *Server) order(what, done string) error {
	if _, err := fmt.Fprintln(s.owned, what); err != nil {
		return fmt.Errorf("%s PostgreSQL: %w", what, err)
	}
	if line, err := s.says.ReadString('\n'); line != done+"\n" {
		return fmt.Errorf("%s PostgreSQL: %s %w", what, strings.TrimSpace(line), err)
	}
	return nil
}

// Stop ends the server and all connections to it, and removes its folder.
func (s *Server) Stop() error {
	s.owned.Close()
	if err := s.keeper.Wait(); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// unprivileged returns the account to run the server as, nil for the current one.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: run the tests as another user")
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	return port, err
}
