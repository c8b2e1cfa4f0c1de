package main

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// TestSeveralHosts: every command that takes a database's URL takes one of several hosts, of which the
// first is down, and none tells the password.
func TestSeveralHosts(t *testing.T) {
	t.Chdir(t.TempDir())
	u, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = "127.0.0.1:1," + u.Host
	u.RawQuery += "&target_session_attrs=read-write"
	database := u.String()
	if err := os.WriteFile("people.csv", []byte("email,first_name,last_name,role,active,groups\nada@example.com,Ada,Lovelace,admin,true,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{
		"migrate up", "migrate status", "directory import people.csv --organization Ours", "directory export",
		"token create --email ada@example.com", "token list", "audit export", "audit prune --before 1d", "config",
	} {
		got := once(t, variablesOf{"DATABASE_URL": database}, strings.Fields(command)...)
		if got.err != nil {
			t.Errorf("%s: %v", command, got.err)
		}
		if strings.Contains(got.stdout+got.stderr, "pgtdbpass") {
			t.Errorf("%s tells the password:\n%s%s", command, got.stdout, got.stderr)
		}
	}
	if got, want := configured(t, variablesOf{"DATABASE_URL": database})["--database"].Value, "postgres://"+u.Host+u.Path; got != want {
		t.Errorf("config has %s, want %s", got, want)
	}
	served := serve(t, "--database", database)
	if err := once(t, nil, "ready", "http://"+served.address).err; err != nil {
		t.Error(err)
	}
	if err := served.stop(); err != nil {
		t.Error(err)
	}
	if log := served.log.String(); !strings.Contains(log, u.Host) || strings.Contains(log, "pgtdbpass") {
		t.Errorf("the log:\n%s", log)
	}
}
