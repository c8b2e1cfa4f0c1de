package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

func TestServe(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := serve(t, "--demo", "--database", url)
		token := tokenPattern.FindString(s.demo)
		if status, body := create(t, s.address, token, "country"); status != 200 {
			t.Errorf("create: %d %s", status, body)
		}
		if status, body := create(t, s.address, token, "country"); status != 409 {
			t.Errorf("create again: %d %s", status, body)
		}
		if status, _ := create(t, s.address, "ldpat_00000000000000000000000000000000", "country"); status != 401 {
			t.Errorf("create with an unknown token: %d", status)
		}
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		for _, secret := range []string{token, "pgtdbpass", "country"} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("%s is in the log:\n%s", secret, s.log)
			}
		}

		again := serve(t, "--demo", "--database", url)
		fresh := tokenPattern.FindString(again.demo)
		if fresh == token {
			t.Error("the second start gave the token of the first")
		}
		if status, body := create(t, again.address, fresh, "country"); status != 409 {
			t.Errorf("create after a restart: %d %s", status, body)
		}
	})
}

func TestServeRefusesALengthInTwoWays(t *testing.T) {
	connection, err := net.Dial("tcp", serve(t, "--database", storetest.SQLiteURL(t)).address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "POST /api/v1/org/attributes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection) // to its end: it is closed
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("%s (%v)", answer, err)
	}
}

func TestTokenCreate(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := serve(t, "--demo", "--database", url)
		database := variablesOf{"DATABASE_URL": url}
		got := once(t, database, "token", "create", "--email", strings.ToUpper(store.DemoEmail), "--expires", "1d")
		if got.err != nil {
			t.Fatal(got.err)
		}
		token, rest, _ := strings.Cut(got.stdout, "\n")
		if !tokenPattern.MatchString(token) || len(token) != len("ldpat_")+32 || rest != "" {
			t.Errorf("standard output %q, want the token alone", got.stdout)
		}
		if strings.Contains(got.stderr, token) || !strings.Contains(got.stderr, "expires on") {
			t.Errorf("standard error %q, want when the token expires, and not the token", got.stderr)
		}
		if status, body := create(t, s.address, token, "country"); status != 200 {
			t.Errorf("create: %d %s", status, body)
		}
		if got := once(t, database, "token", "create", "--email", store.DemoEmail, "--expires", "never"); !strings.Contains(got.stderr, "never expires") {
			t.Errorf("standard error %q, want that the token never expires", got.stderr)
		}
	})
}

func TestTokenListAndRevoke(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if err := organizations(t, url).LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		database := variablesOf{"DATABASE_URL": url}
		var secrets []string
		for _, description := range []string{"for CI", "two\nlines \x1b[31m", ""} {
			got := once(t, database, "token", "create", "--email", store.DemoEmail, "--expires", "never", "--description", description)
			if got.err != nil {
				t.Fatal(got.err)
			}
			secrets = append(secrets, strings.TrimSpace(got.stdout))
		}
		listed := once(t, database, "token", "list")
		lines := strings.Split(listed.stdout, "\n")
		if listed.err != nil || len(lines) != 5 || !strings.HasPrefix(lines[0], "UUID ") || strings.Contains(listed.stdout, "\x1b") {
			t.Fatalf("%v\n%s", listed.err, listed.stdout)
		}
		if !regexp.MustCompile(`(?m)^[0-9a-f-]{36}  for CI +demo@lightdash\.com  \d{4}-\d\d-\d\d \d\d:\d\d UTC  never +never$`).MatchString(listed.stdout) {
			t.Errorf("the token for CI is not as it should be in\n%s", listed.stdout)
		}
		for _, secret := range secrets {
			hash := storetest.Query[string](t, storetest.Open(t, url), `SELECT token_hash FROM personal_access_tokens`)
			for _, text := range append(hash, secret, secret[6:]) {
				if strings.Contains(listed.stdout, text) {
					t.Errorf("the list has a token or its hash:\n%s", listed.stdout)
				}
			}
		}

		asJSON := once(t, database, "token", "list", "--format=json")
		var tokens []map[string]any
		if err := json.Unmarshal([]byte(asJSON.stdout), &tokens); err != nil || len(tokens) != 3 {
			t.Fatalf("%v, %v\n%s", asJSON.err, err, asJSON.stdout)
		}
		id, _, _ := strings.Cut(lines[1], " ")
		created, err := time.Parse(time.RFC3339, fmt.Sprint(tokens[0]["createdAt"]))
		delete(tokens[0], "createdAt")
		if want := map[string]any{"uuid": id, "description": "for CI", "owner": store.DemoEmail, "expired": false}; err != nil || created.IsZero() || !reflect.DeepEqual(tokens[0], want) {
			t.Errorf("%v, %v, want %v", err, tokens[0], want)
		}
		got := once(t, database, "token", "revoke", strings.ToUpper(id))
		if got.err != nil || got.stdout != "" || !strings.Contains(got.stderr, id+" is revoked") {
			t.Errorf("revoke: %v, %q, %q", got.err, got.stdout, got.stderr)
		}
		refused(t, database, "token revoke "+id, 1, "There is no token with this uuid.")
		if left := once(t, database, "token", "list").stdout; strings.Contains(left, id) || strings.Count(left, "\n") != 3 {
			t.Errorf("afterwards the list is\n%s", left)
		}
	})
}

func TestMigrate(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		database := variablesOf{"ATTRIBUTED_DATABASE": url, "DATABASE_URL": "not looked at"}
		for _, step := range []struct {
			command string
			pending bool
		}{{"up", false}, {"up", false}, {"status", false}, {"down", true}, {"status", true}, {"up", false}} {
			got := once(t, database, "migrate", step.command)
			if got.err != nil {
				t.Fatalf("migrate %s: %v", step.command, got.err)
			}
			if !strings.Contains(got.stdout, "00001_user_attributes.sql") || strings.Contains(got.stdout, "pending") != step.pending {
				t.Errorf("migrate %s printed\n%swant pending migrations: %t", step.command, got.stdout, step.pending)
			}
			asJSON := once(t, database, "migrate", "status", "--format=json")
			var migrations []struct {
				Name      string
				AppliedAt *time.Time
			}
			if err := json.Unmarshal([]byte(asJSON.stdout), &migrations); err != nil || len(migrations) == 0 {
				t.Fatalf("%v, %v\n%s", asJSON.err, err, asJSON.stdout)
			}
			if newest := migrations[len(migrations)-1]; !strings.HasSuffix(newest.Name, ".sql") || (newest.AppliedAt == nil) != step.pending {
				t.Errorf("after migrate %s status is\n%swant pending migrations: %t", step.command, asJSON.stdout, step.pending)
			}
		}
	})
}

func TestDemoAddress(t *testing.T) {
	for _, tt := range []struct{ listening, want string }{
		{"127.0.0.1:8080", "http://127.0.0.1:8080/"},
		{"0.0.0.0:8080", "http://localhost:8080/"},
		{"[::]:8080", "http://localhost:8080/"},
		{"[::1]:8080", "http://[::1]:8080/"},
	} {
		var printed strings.Builder
		printDemo(&printed, address(tt.listening), "ldpat_0")
		if !strings.Contains(printed.String(), " "+tt.want) {
			t.Errorf("listening on %s: printed\n%swant a request to %s", tt.listening, printed.String(), tt.want)
		}
		if pages := " " + tt.want + "docs " + tt.want + "admin\n"; !strings.Contains(printed.String(), pages) {
			t.Errorf("listening on %s: printed\n%swant the addresses%s", tt.listening, printed.String(), pages)
		}
	}
}

func TestHelpNamesEveryVariable(t *testing.T) {
	page, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	got := once(t, nil, "serve", "--help")
	if got.err != nil {
		t.Fatal(got.err)
	}
	for _, name := range []string{
		"ATTRIBUTED_DATABASE", "DATABASE_URL", "ATTRIBUTED_LISTEN", "ATTRIBUTED_DEMO", "ATTRIBUTED_MAX_BODY",
		"ATTRIBUTED_REQUEST_TIMEOUT", "ATTRIBUTED_GRACE", "ATTRIBUTED_DRAIN", "ATTRIBUTED_CHECK_RESPONSES", "ATTRIBUTED_CHECK_RESPONSES_SAMPLE", "ATTRIBUTED_LOG_LEVEL", "ATTRIBUTED_LOG_FORMAT",
	} {
		if !strings.Contains(got.stdout, "$"+name) {
			t.Errorf("--help lacks %s", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/commands.md lacks %s", name)
		}
	}
}

func TestVersion(t *testing.T) {
	command, flag := once(t, nil, "version"), once(t, nil, "--version")
	if command.err != nil || flag.err != nil || command.stdout != flag.stdout {
		t.Errorf("version: %+v, --version: %+v", command, flag)
	}
	if !strings.Contains(command.stdout, "Lightdash API") {
		t.Errorf("version printed %q, want the spec's title too", command.stdout)
	}
}

func TestLimitsOfServe(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := serve(t, "--demo", "--database", url, "--reject-limit", "1:2", "--rate-limit", "1:3", "--trusted-proxies", "127.0.0.1,::1/128",
			"--max-body-memory", "1MiB", "--max-connections", "2")
		token := tokenPattern.FindString(s.demo)
		for n, want := range []int{401, 401, 429} {
			if status, body := create(t, s.address, "ldpat_0000000000000000000000000000000"+strconv.Itoa(n), "country"); status != want {
				t.Errorf("made-up token %d: %d %s", n, status, body)
			}
		}
		if status, body := create(t, s.address, token, "country"); status != 429 {
			t.Errorf("a good token that was not seen before, behind a blocked address: %d %s", status, body)
		}
	})
}

// TestServeSweepsOldAnswers: they hold values, and are good for a day.
func TestServeSweepsOldAnswers(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		if err := errors.Join(st.MigrateUp(t.Context()), st.LoadDemo(t.Context())); err != nil {
			t.Fatal(err)
		}
		for key, age := range map[string]time.Duration{"old": 25 * time.Hour, "young": 23 * time.Hour} {
			storetest.Exec(t, st, `INSERT INTO idempotency_records (user_id, operation, path, key, request_hash, status, etag, body, created_at)
				SELECT user_id, 'o', 'p', ?, '', 200, '', '', ? FROM users WHERE user_uuid = ?`, key, time.Now().UTC().Add(-age).Format("2006-01-02 15:04:05.000"), store.DemoUserUUID)
		}
		serve(t, "--database", url)
		for {
			switch keys := storetest.Query[string](t, st, `SELECT key FROM idempotency_records ORDER BY key`); {
			case slices.Equal(keys, []string{"young"}):
				return
			case !slices.Equal(keys, []string{"old", "young"}):
				t.Fatalf("kept are %q", keys)
			}
		}
	})
}
