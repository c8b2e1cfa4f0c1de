package main

import (
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// What an operator can get wrong, with the exit status and a part of the one line
// that says what to do.
func TestRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("text.db", []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := listening(t)
	unknown, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	unknown.Path = "/nosuchdatabase"

	tests := []struct {
		name      string
		args      string
		variables variablesOf
		status    int
		want      string
	}{
		{name: "no command", args: "", status: 2, want: `expected one of "serve"`},
		{name: "unknown command", args: "server", status: 2, want: `did you mean "serve"`},
		{name: "unknown flag", args: "serve --lisen 127.0.0.1:0", status: 2, want: `did you mean "--listen"`},
		{name: "stray argument with a password", args: "serve postgres://u:secret@localhost/x", status: 2, want: "unexpected argument"},
		{name: "address without a port", args: "serve --listen localhost", status: 2, want: "--listen: write HOST:PORT"},
		{name: "variable with a bad address", args: "serve", variables: variablesOf{"ATTRIBUTED_LISTEN": "x"}, status: 2, want: "--listen: write HOST:PORT"},
		{name: "admin address without a port", args: "serve --admin-listen localhost", status: 2, want: "--admin-listen: write HOST:PORT, as in 127.0.0.1:9464, or off"},
		{name: "size that is none", args: "serve --max-body much", status: 2, want: "--max-body: write a size"},
		{name: "size whose unit was forgotten", args: "serve --max-body 5", status: 2, want: "--max-body: write a size from 1KiB to 1GiB with its unit"},
		{name: "negative time", args: "serve --grace -1s", status: 2, want: "--grace"},
		{name: "negative drain", args: "serve --drain -1s", status: 2, want: "--drain"},
		{name: "limit that is none", args: "serve --reject-limit many", status: 2, want: "--reject-limit: write COUNT or COUNT:BURST, as in 60:200, or off"},
		{name: "limit of nothing", args: "serve --rate-limit 0", status: 2, want: "--rate-limit: write COUNT"},
		{name: "burst that is none", args: "serve --rate-limit 5:", status: 2, want: "--rate-limit: write COUNT"},
		{name: "proxy that is no network", args: "serve --trusted-proxies 10.0.0.0/8,proxy.example.com", status: 2, want: "--trusted-proxies: write networks as in"},
		{name: "no connections", args: "serve --max-connections 0", status: 2, want: "--max-connections: write a whole number above 0"},
		{name: "unknown log level", args: "serve --log-level loud", status: 2, want: "--log-level must be one of"},
		{name: "lifetime without a unit", args: "token create --email a@b --expires 90", status: 2, want: "--expires: write 90d, 12h or never"},
		{name: "lifetime in the past", args: "token create --email a@b --expires 0d", status: 2, want: "--expires: write 90d, 12h or never"},
		{name: "token for nobody", args: "token create", status: 2, want: "missing flags: --email"},
		{name: "database of another kind", args: "serve --database mysql://u:secret@localhost/x", status: 2, want: "--database: write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME, with"},
		{name: "database URL that cannot be read", args: "serve --database postgres://u:secret%zz@localhost/x", status: 2, want: "%-encoded"},
		{name: "SQLite without a path", args: "serve --database sqlite:", status: 2, want: "--database: write sqlite:PATH: an SQLite database needs"},
		{name: "SQLite at a host", args: "serve --database sqlite://x.db", status: 2, want: "--database: write sqlite:PATH: after sqlite: comes the path of a file, without a host"},

		{name: "unreachable database", args: "serve --database postgres://u:secret@127.0.0.1:1/x", status: 1, want: "name another with --database"},
		{name: "unknown database", args: "serve --database " + unknown.String(), status: 1, want: `"nosuchdatabase" does not exist`},
		{name: "folder that is not there", args: "serve --database sqlite:nosuchfolder/x.db", status: 1, want: "name another with --database"},
		{name: "folder that takes no files", args: "serve --database sqlite:/proc/x.db", status: 1, want: "name another with --database"},
		{name: "file that is no database", args: "serve --database sqlite:text.db", status: 1, want: "file is not a database"},
		{name: "token in a database that is not there", args: "token create --email a@b --database sqlite:nosuch.db", status: 1, want: "there is no database nosuch.db"},
		{name: "migrations of a database that is not there", args: "migrate status --database sqlite:nosuch.db", status: 1, want: "there is no database nosuch.db"},
		{name: "port in use", args: "serve --database sqlite:new.db --listen " + taken, status: 1, want: "choose another port with --listen"},
		{name: "admin port in use", args: "serve --database sqlite:new.db --listen 127.0.0.1:0 --admin-listen " + taken, status: 1, want: "choose another port with --admin-listen"},
		{name: "address of another machine", args: "serve --database sqlite:new.db --listen 192.0.2.1:0", status: 1, want: "choose another address with --listen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, tt.variables, tt.args, tt.status, tt.want) })
	}
	for _, path := range []string{"nosuch.db", "new.db"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("a command that was refused made the database %s", path)
		}
	}
}

// listening is an address where another program listens.
func listening(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

func TestRefusalsByTheDatabasesState(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		database := variablesOf{"ATTRIBUTED_DATABASE": url, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}
		refused(t, database, "serve --demo --listen "+listening(t), 1, "choose another port with --listen")
		s := storetest.Open(t, url)
		refused(t, database, "token create --email demo@lightdash.com", 1, "run attributed migrate up")
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		refused(t, database, "token create --email demo@lightdash.com", 1, "No active user")

		storetest.Exec(t, s, "INSERT INTO organizations (organization_uuid, organization_name) VALUES (?, ?)", "5a1c0000-0000-4000-8000-000000000001", "Ours")
		refused(t, database, "serve --demo", 1, databaseURL(url).place()+": The database has an organization of its own; the demo is for an empty one")

		storetest.Exec(t, s, "INSERT INTO attributed_migrations (version_id, is_applied) VALUES (?, ?)", 99999, true)
		refused(t, database, "migrate up", 1, "use the newer program")
		refused(t, database, "migrate down", 1, "use the newer program")
	})
}

// refused runs the program and holds its end against the exit status and a part
// of the line that is printed.
func refused(t *testing.T, variables variablesOf, args string, status int, want string) {
	t.Helper()
	got := once(t, variables, strings.Fields(args)...)
	if got.err == nil || exitStatus(got.err) != status {
		t.Fatalf("attributed %s: exit %d (%v), want %d", args, exitStatus(got.err), got.err, status)
	}
	told := line(got.err)
	if !strings.Contains(told, want) || strings.Contains(told, "\n") || strings.Contains(told, "secret") || strings.Contains(told, "goroutine") {
		t.Errorf("attributed %s: says %q, want one line with %q and no password", args, told, want)
	}
	if got.stdout != "" {
		t.Errorf("attributed %s: printed %q", args, got.stdout)
	}
}

func TestRefusalOfARoleThatMayNotMakeTables(t *testing.T) {
	url := storetest.PostgresURL(t)
	address, role := storetest.AsRole(t, storetest.Open(t, url), "USAGE ON SCHEMA public")
	database := variablesOf{"ATTRIBUTED_DATABASE": address, "ATTRIBUTED_LISTEN": "127.0.0.1:0"}
	for _, command := range []string{"serve", "migrate up", "migrate status", "token create --email demo@lightdash.com"} {
		refused(t, database, command, 1, "GRANT CREATE ON SCHEMA public TO "+role)
	}
}
