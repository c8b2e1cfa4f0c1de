package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

const head, tail = "Tr0ubad", "dor7Zq" // of a password; nothing else has them

// oddPasswords are some 200, each with what people and generators put into them, as typed
// into a URL by somebody who knows nothing of %-encoding.
func oddPasswords() []string {
	var all []string
	for c := rune('!'); c <= '~'; c++ {
		if !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", c|0x20) {
			all = append(all, head+string(c)+tail, head+string(c), head+string(c)+string(c)+tail, string(c)+tail)
		}
	}
	for _, odd := range []string{" ", "  ", "ä", "日本", "\u200b", "é", "\t", "%", "%zz", "%40", "%2F", "%00", "://", "/?", "@/", "?@", "#@", "@@", "]:", "[::1]", "=", " password=", "&x=", "\\", "'"} {
		all = append(all, head+odd+tail, head+odd, "1234"+odd+tail)
	}
	return append(all, "12345/"+head+tail, head+"@"+tail+":1/x?y@z#", head+"@127.0.0.1:1/"+tail, head+"/"+tail+"@h/x?password="+tail)
}

// databaseURLs are the ways to write a password into one, right and wrong.
func databaseURLs(password string) []string {
	return []string{
		"postgres://u:" + password + "@127.0.0.1:1/x",
		"postgresql://u:" + password + "@/x?host=127.0.0.1&port=1",
		"postgres://127.0.0.1:1/x?user=u&password=" + password,
		"postgres://u:" + password + "@127.0.0.1:1,127.0.0.1:2/x?target_session_attrs=read-write",
		"postgres:u:" + password + "@127.0.0.1:1/x",
		"sqlite://u:" + password + "@127.0.0.1:1/x",
		"host=127.0.0.1 port=1 user=u dbname=x password=" + password,
		"postgres:host=127.0.0.1 port=1 user=u dbname=x password='" + password + "'",
	}
}

func TestNoPartOfAPasswordIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	commands := []string{
		"serve --listen 127.0.0.1:0", "migrate up", "migrate down", "migrate status",
		"token create --email a@b", "token list", "token revoke 5a1c0000-0000-4000-8000-000000000001",
		"directory import people.csv", "directory export", "audit export", "audit prune --before 1d",
	}
	if err := os.WriteFile("people.csv", []byte("email\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, password := range oddPasswords() {
		for _, typed := range databaseURLs(password) {
			n++
			command := strings.Fields(commands[n%len(commands)])
			runs := []func() result{
				func() result { return once(t, variablesOf{"DATABASE_URL": typed}, command...) },
				func() result { return once(t, nil, append(command, typed)...) }, // without --database
				func() result { return once(t, nil, append(command, "--database", typed)...) },
				func() result { return once(t, nil, append(command, "--databse="+typed)...) },
			}
			for _, run := range runs[n%2*2:][:2] {
				got := run()
				if got.err == nil {
					t.Fatalf("%q %q: no error", command, typed)
				}
				for _, told := range []string{line(got.err), got.stderr, got.stdout} {
					if strings.Contains(told, head) || strings.Contains(told, tail) {
						t.Errorf("%q with %q says %s", command, typed, told)
					}
				}
			}
		}
	}
}

func TestAmbiguousURLTellsHowToWriteAPassword(t *testing.T) {
	for _, typed := range []string{"postgres://u:Tr0ub@dor-7@h/x", "postgres://u:12345/secret@h/x", "postgres://u:a?b@h/x", "postgres://u:a#b@h/x"} {
		got := once(t, variablesOf{"ATTRIBUTED_DATABASE": typed}, "serve")
		if exitStatus(got.err) != 2 || !strings.Contains(line(got.err), "@ as %40, / as %2F") {
			t.Errorf("%s: exit %d, %s", typed, exitStatus(got.err), line(got.err))
		}
	}
}

// What the password may be that pgx takes, at a database that is there.
func TestListeningLineHasNoPassword(t *testing.T) {
	database, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	right, _ := database.User.Password()
	for _, odd := range []string{"^", "|", "<", ">", "{", "}", "`", "\"", "\\", "ä", "日", " ", "=", ":", "[", "%40", "%2F"} {
		password := head + odd + tail
		if odd == " " {
			password = head + " " // a trailing blank
		}
		// The server knows one password, which the parameter gives.
		typed := fmt.Sprintf("postgres://%s:%s@%s%s?%s&password=%s", database.User.Username(), password, database.Host, database.Path, database.RawQuery, url.QueryEscape(right))
		if err := store.CheckURL(typed); err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		program := serve(t, "--database", typed)
		if err := program.stop(); err != nil {
			t.Fatal(err)
		}
		log := program.log.String()
		if !strings.Contains(log, database.Host+database.Path) || strings.Contains(log, head) || strings.Contains(log, tail) || strings.Contains(log, right) {
			t.Errorf("%q: the log has %s", typed, log)
		}
	}
}
