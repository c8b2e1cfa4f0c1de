package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// mark is in all that a caller sends, and in all that the database has of people.
const mark = "mArK3d"

// markedBodies are body with each of its texts marked, and the same with faults of all kinds.
func markedBodies(t *testing.T, body string) []string {
	t.Helper()
	if body == "" {
		return []string{"", mark, `{"value":"` + mark + `"}`}
	}
	with := func(change func(text string) any) string {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(changedTexts(value, change))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	good := with(func(text string) any {
		if store.IsUUID(text) {
			return text
		}
		return mark + text
	})
	return []string{
		good, good + mark, good[:len(good)-1], strings.Replace(good, mark, mark+"\xff", 1), strings.Replace(good, mark, mark+`\u0000`, 1), "\xef\xbb\xbf" + good,
		with(func(string) any { return mark }), // uuids, too
		with(func(string) any { return []any{mark} }),
		with(func(string) any { return map[string]any{"value": mark} }),
		with(func(string) any { return strings.Repeat(mark, 20_000) }),
	}
}

// changedTexts is a JSON value with other texts.
func changedTexts(value any, change func(string) any) any {
	switch value := value.(type) {
	case string:
		return change(value)
	case []any:
		for i := range value {
			value[i] = changedTexts(value[i], change)
		}
	case map[string]any:
		for name := range value {
			value[name] = changedTexts(value[name], change)
		}
	}
	return value
}

// breakages make the database fail in the middle of operations, some by words of its own on what it
// was sent.
func breakages(s *store.Store) []string {
	if storetest.IsSQLite(s) {
		return []string{`CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END`, `ALTER TABLE emails RENAME TO gone`}
	}
	values := `"values" TYPE integer[] USING '{}'`
	if s.OneValueEach() {
		values = `value TYPE integer USING 0`
	}
	return []string{
		`ALTER TABLE user_attributes ALTER COLUMN name TYPE integer USING ('x' || substr(md5(name), 1, 7))::bit(28)::integer`,
		`ALTER TABLE organization_member_user_attributes ALTER COLUMN ` + values,
		`ALTER TABLE emails RENAME TO gone`,
	}
}

func TestNoSecretIsTold(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{CheckResponses: server.Report})
		storetest.Exec(t, s, `UPDATE users SET first_name = '`+mark+`', last_name = '`+mark+`'`)
		storetest.Exec(t, s, `UPDATE emails SET email = '`+mark+`' || email`)
		storetest.Exec(t, s, `UPDATE groups SET name = '`+mark+`' || name`)
		hash := sha256.Sum256([]byte(a.token))
		failures := 0
		look := func(c call, told string) {
			t.Helper()
			for _, secret := range []string{mark, a.token, fmt.Sprintf("%x", hash), base64.StdEncoding.EncodeToString(hash[:]), "lightdash.com"} {
				if strings.Contains(strings.ToLower(told), strings.ToLower(secret)) {
					t.Errorf("%s tells %s: %.2000s", c.operation, secret, told)
				}
			}
		}
		send := func(c call, body string, edits ...func(*http.Request)) {
			t.Helper()
			a.log.reset()
			got := roundTrip(t, http.DefaultTransport, a.request(t, body, append([]func(*http.Request){method(c.method), to(c.target)}, edits...)...))
			if got.status >= 400 {
				look(c, got.everything())
			}
			if got.status == 500 {
				failures++
			}
			look(c, a.log.String())
		}
		var uuids []string // of an attribute for each operation
		for i := range calls("") {
			uuid, _ := a.create(t, attribute(fmt.Sprint(mark, i), `"`+mark+`"`, user(`"`+store.DemoViewerUUID+`"`, `"`+mark+`"`), group(`"`+store.DemoGroupUUID+`"`, `"`+mark+`"`)))
			uuids = append(uuids, uuid)
		}
		all := func() {
			t.Helper()
			for i, uuid := range uuids {
				c := calls(uuid)[i]
				for _, body := range markedBodies(t, c.body) {
					send(c, body)
				}
				for _, edit := range []func(*http.Request){
					header("Authorization"), header("Authorization", mark), header("Authorization", "ApiKey "+mark), header("Authorization", "Bearer "+a.token),
					header("Authorization", "ApiKey "+a.token, "ApiKey "+a.token), header("Authorization", "ApiKey "+a.token+mark),
					header("Content-Type", mark+"/"+mark), header("Content-Encoding", mark), header("Idempotency-Key", mark+" "+mark), header("Idempotency-Key", mark),
					header("If-Match", `"`+mark+`"`), header("If-None-Match", mark), header("Cookie", "session="+mark), header("User-Agent", mark),
					to(c.target + "?searchQuery=" + mark + "&page=" + mark + "&" + mark + "=" + mark), to(strings.ReplaceAll(c.target, uuid, mark+"@lightdash.com")),
					to(strings.ReplaceAll(c.target, store.DemoViewerUUID, a.token)), method("TRACE"),
				} {
					send(c, c.body, edit)
				}
			}
		}
		for _, statement := range append(breakages(s), "") {
			before := failures
			if all(); failures == before && statement == "" {
				t.Error("nothing failed in a broken database")
			}
			if statement != "" {
				storetest.Exec(t, s, statement)
			}
		}
	})
}

// A store that was never opened is what each handler breaks down on.
func TestAPanicIsOne500AndTheServerLivesOn(t *testing.T) {
	log := &logBuffer{}
	handler, err := server.New(&store.Store{}, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(handler)
	defer web.Close()
	a := &api{url: web.URL, token: "ldpat_" + mark}
	for _, c := range calls(nobody) {
		log.reset()
		got := roundTrip(t, http.DefaultTransport, a.request(t, strings.ReplaceAll(c.body, `"v"`, `"`+mark+`"`), method(c.method), to(c.target)))
		failed, requests := log.lines(t, "request failed"), log.lines(t, "request")
		if got.status != 500 || len(failed) != 1 || len(requests) != 1 || !strings.Contains(failed[0]["error"].(string), "goroutine") {
			t.Errorf("%s: %d, log %s", c.operation, got.status, log.String())
		}
		if strings.Contains(got.body+log.String(), mark) {
			t.Errorf("%s tells what was sent: %s %s", c.operation, got.body, log.String())
		}
		if live := roundTrip(t, http.DefaultTransport, a.request(t, "", method("GET"), to("/livez"))); live.status != 200 {
			t.Errorf("%s: /livez is %d after it", c.operation, live.status)
		}
	}
}
