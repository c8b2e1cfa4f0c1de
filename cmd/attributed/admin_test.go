package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// started is the built program with an admin port.
type started struct {
	address, admin string
	token          string // of an admin
}

func startWithAdmin(t *testing.T, database string, args ...string) started {
	t.Helper()
	s, output := startWith(t, nil, database, args...)
	go drain(output)
	return s
}

// startWith is startWithAdmin with variables of the environment. What is printed on is left to be read.
func startWith(t *testing.T, variables []string, database string, args ...string) (started, *bufio.Scanner) {
	t.Helper()
	args = append([]string{"serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log-format=json", "--demo", "--database=" + database}, args...)
	program := launch(t, t.TempDir(), variables, build(t), args...)
	token := tokenPattern.FindString(lineWith(t, program.output, "curl"))
	var told struct{ Address, Admin string }
	if err := json.Unmarshal([]byte(lineWith(t, program.output, `"listening"`)), &told); err != nil {
		t.Fatal(err)
	}
	return started{told.Address, told.Admin, token}, program.output
}

// drain reads what a program still prints, so that it can go on.
func drain(output *bufio.Scanner) {
	for output.Scan() {
	}
}

func TestAdminPort(t *testing.T) {
	at := storetest.PostgresURL(t)
	s := startWithAdmin(t, at)
	for _, path := range []string{"/livez", "/readyz", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2", "/debug/pprof/symbol"} {
		status, _, body := send(t, http.MethodGet, "http://"+s.admin+path, "", "")
		if status != 200 || strings.Contains(body, s.token) || strings.Contains(body, "pgtdbpass") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if u, err := url.Parse(at); err != nil || u.User == nil {
		t.Fatalf("the command line is to have a password: %v", err)
	}
	if status, _, body := send(t, http.MethodGet, "http://"+s.admin+"/debug/pprof/cmdline", "", ""); status != 404 || strings.Contains(body, "postgres") {
		t.Errorf("the command line, which has a password: %d %s", status, body)
	}
	for _, path := range []string{"/metrics", "/version", "/debug/pprof/"} {
		if status, _, body := send(t, http.MethodGet, "http://"+s.address+path, s.token, ""); status != 404 {
			t.Errorf("%s on the port for everybody: %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/api/v1/org/attributes", "/docs", "/"} {
		if status, _, body := send(t, http.MethodGet, "http://"+s.admin+path, s.token, ""); status != 404 {
			t.Errorf("%s on the port for operators: %d %s", path, status, body)
		}
	}

	_, _, text := send(t, http.MethodGet, "http://"+s.admin+"/version", "", "")
	var v versions
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil || v.Migration < 4 || len(v.Overlay.SHA256) != 64 || !strings.HasPrefix(v.Go, "go1.") {
		t.Errorf("%v: %s", err, text)
	}
	printed := once(t, nil, "version").stdout
	for _, part := range []string{v.Spec.Title + " " + v.Spec.Version, v.Spec.SHA256[:12]} {
		if !strings.Contains(printed, part) {
			t.Errorf("/version has %s, and the command prints\n%s", text, printed)
		}
	}
}

func TestAdminPortIsOffUnlessAskedFor(t *testing.T) {
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t))
	s.stop()
	if !bytes.Contains(s.log.Bytes(), []byte(`"admin":"off"`)) {
		t.Errorf("the log has\n%s", s.log)
	}
	port, err := adminAddress("off").listen(nil)
	if port != nil || err != nil || port.metrics() != nil || port.serve(nil, 0) != nil {
		t.Errorf("%v, %v: not off", port, err)
	}
	if got := configured(t, nil)["--admin-listen"]; got != (setting{"--admin-listen", "off", "default"}) {
		t.Errorf("%+v", got)
	}
	if help := once(t, nil, "serve", "--help").stdout; !strings.Contains(help, "/metrics") || !strings.Contains(help, "$ATTRIBUTED_ADMIN_LISTEN") {
		t.Errorf("the help does not tell of it:\n%s", help)
	}
}
