//go:build system

package system

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"attributed/store/storetest"
)

// configure returns the path of a file of deploy/ in which some parts are others, old and new by turns.
func configure(t *testing.T, name string, replaced ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replaced); i += 2 {
		if !strings.Contains(string(text), replaced[i]) {
			t.Errorf("%s has no %s", name, replaced[i])
		}
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.NewReplacer(replaced...).Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// startPgBouncer starts the real one as deploy/ has it before the database at address, and returns the database's URL there.
func startPgBouncer(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "attributed-pgbouncer-") // which another user may read
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	password, _ := u.User.Password()
	users := filepath.Join(folder, "userlist.txt")
	if err := os.WriteFile(users, fmt.Appendf(nil, "%q %q\n", u.User.Username(), password), 0o644); err != nil {
		t.Fatal(err)
	}
	here := freeAddress(t)
	_, port, _ := net.SplitHostPort(here)
	made := configure(t, "pgbouncer.ini", "port=5432 dbname=attributed", "port="+u.Port()+" dbname="+u.Path[1:], "6432", port, "/etc/pgbouncer/userlist.txt", users)
	file := filepath.Join(folder, "pgbouncer.ini")
	args := []string{file}
	if os.Geteuid() == 0 { // as which it does not run
		args = []string{"--user=nobody", file}
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(made, file); err != nil {
		t.Fatal(err)
	}
	start(t, exec.CommandContext(t.Context(), "pgbouncer", args...), func(line string) bool { return strings.Contains(line, "process up") })
	u.Host, u.Path = here, "/attributed"
	return u
}

// TestBehindPgBouncer of Debian, in transaction mode: without the option the start says which two
// it needs, and with them all goes on as ever.
func TestBehindPgBouncer(t *testing.T) {
	database := storetest.PostgresURL(t)
	program := filepath.Join(build(t), "attributed")
	tell(t, program, "migrate", "up", "--database", database)
	through := startPgBouncer(t, database)

	out, err := exec.CommandContext(t.Context(), program, "serve", "--listen=127.0.0.1:0", "--database", through.String()).CombinedOutput()
	for _, want := range []string{"default_query_exec_mode=exec", "--migrate off"} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("without the option: %v: %s, want %s in it", err, out, want)
		}
	}

	through.RawQuery += "&default_query_exec_mode=exec"
	var c client
	start(t, exec.CommandContext(t.Context(), program, "serve", "--demo", "--migrate=off", "--listen=127.0.0.1:0", "--check-responses=enforce", "--database", through.String()), func(line string) bool {
		if found := printed.FindStringSubmatch(line); found != nil {
			c = client{found[1], found[2]}
		}
		return c.token != ""
	})
	var callers sync.WaitGroup
	for n := range 8 {
		callers.Go(func() {
			for m := range 10 {
				name := fmt.Sprintf("%d.%d", n, m)
				if problem := c.createAndRemove(t.Context(), name); problem != nil {
					t.Error(problem)
				}
			}
		})
	}
	callers.Wait()
}
