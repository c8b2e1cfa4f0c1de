package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

func TestServeReadsFromAReplica(t *testing.T) {
	primary, standby := storetest.StartReplicated(t)
	at, err := url.Parse(standby.URL())
	if err != nil {
		t.Fatal(err)
	}
	s := startWithAdmin(t, primary.URL(), "--database-read", standby.URL(), "--max-lag", "1m")
	if status, body := create(t, s.address, s.token, "country"); status != http.StatusOK {
		t.Fatalf("create: %d %s", status, body)
	}
	reads := 0.0
	for t.Context().Err() == nil && reads == 0 {
		if status, _, body := send(t, http.MethodGet, "http://"+s.address+"/api/v1/org/attributes", s.token, ""); status != http.StatusOK {
			t.Fatalf("list: %d %s", status, body)
		}
		reads = s.metrics(t)["attributed_database_reads_total"]["replica"].GetCounter().GetValue()
	}
	m := s.metrics(t)
	for t.Context().Err() == nil && m["attributed_replica_usable"][at.Host].GetGauge().GetValue() != 1 { // not where it took long to say where it is
		m = s.metrics(t)
	}
	if lag := m["attributed_replica_lag_seconds"][at.Host].GetGauge().GetValue(); lag < 0 || lag > 60 {
		t.Errorf("lag: %v", m["attributed_replica_lag_seconds"])
	}
}

func TestReplicasThatCannotBe(t *testing.T) {
	t.Chdir(t.TempDir())
	refused(t, nil, "serve --database-read postgres://h/x", 2, "--database-read is for replicas of a PostgreSQL database")
	refused(t, nil, "serve --database postgres://h/x --database-read sqlite:x", 2, "an SQLite file has no replicas")
	refused(t, nil, "serve --database postgres://h/x --database-read postgres://r/x --max-lag 0.1s", 2, "--max-lag: write a time of at least 500ms")
	refused(t, nil, "serve --database postgres://h/x --reads-without-primary 30s", 2, "--reads-without-primary is for reads from replicas: name them with --database-read, or leave it out")
	refused(t, variablesOf{"ATTRIBUTED_READS_WITHOUT_PRIMARY": "30"}, "serve --database postgres://h/x --database-read postgres://r/x", 2, "write a time, as in")
}

func TestReplicasInTheSettings(t *testing.T) {
	got := configured(t, variablesOf{"ATTRIBUTED_DATABASE_READ": "postgres://u:secret@r1,r2:5433/x"}, "--max-lag=1500ms", "--reads-without-primary=30s")
	for _, want := range []setting{{"--reads-without-primary", "30s", "flag"}, {"--database-read", "postgres://r1,r2:5433/x", "$ATTRIBUTED_DATABASE_READ"}, {"--max-lag", "1.5s", "flag"}} {
		if got[want.Flag] != want {
			t.Errorf("%+v, want %+v", got[want.Flag], want)
		}
	}
	for _, password := range oddPasswords() {
		for _, typed := range databaseURLs(password) {
			got := once(t, variablesOf{"ATTRIBUTED_DATABASE_READ": typed}, "config")
			told := got.stdout + got.stderr
			if got.err != nil {
				told += line(got.err)
			}
			if strings.Contains(told, head) || strings.Contains(told, tail) {
				t.Errorf("%q: says %s", typed, told)
			}
		}
	}
}

// A process whose replicas are all away starts, and is ready.
func TestServeWithoutItsReplicas(t *testing.T) {
	s := serve(t, "--database", storetest.PostgresURL(t), "--database-read", "postgres://u:"+tail+"@127.0.0.1:1,127.0.0.1:2/x")
	if err := once(t, nil, "ready", "http://"+s.address).err; err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if log := s.log.String(); !strings.Contains(log, `"msg":"attributes are read from replicas","database":"postgres://127.0.0.1:1,127.0.0.1:2/x","max_lag":"1s"`) || strings.Contains(log, tail) {
		t.Errorf("the log:\n%s", log)
	}
}

// TestContractCheckOnReplicas: who looks at what it wrote sees that, and finds nothing, though the replica replays nothing.
func TestContractCheckOnReplicas(t *testing.T) {
	primary, standby := storetest.StartReplicated(t)
	s := startWithAdmin(t, primary.URL(), "--database-read", standby.URL(), "--max-lag", "1h")
	at, err := url.Parse(standby.URL())
	if err != nil {
		t.Fatal(err)
	}
	untilSo(t, "a replica that is asked", func() bool { return s.metrics(t)["attributed_replica_usable"][at.Host].GetGauge().GetValue() != 0 })
	storetest.PauseReplay(t, standby)
	if got := once(t, variablesOf{"ATTRIBUTED_TOKEN": s.token}, "contract", "check", "http://"+s.address); got.err != nil {
		t.Errorf("%v\n%s%s", got.err, got.stdout, got.stderr)
	}
}

// What was refused since somebody else had changed it is read again as it is, and not as the replica still has it.
func TestApplyOnReplicas(t *testing.T) {
	primary, standby := storetest.StartReplicated(t)
	s := startWithAdmin(t, primary.URL(), "--database-read", standby.URL(), "--max-lag", "1h")
	if status, body := create(t, s.address, s.token, "country"); status != http.StatusOK {
		t.Fatalf("create: %d %s", status, body)
	}
	list := "http://" + s.address + "/api/v1/org/attributes"
	reads := func() float64 {
		return s.metrics(t)["attributed_database_reads_total"]["replica"].GetCounter().GetValue()
	}
	var one string
	for before := 0.0; t.Context().Err() == nil && (before == 0 || one == ""); before = reads() {
		_, _, body := send(t, http.MethodGet, list, s.token, "")
		one = regexp.MustCompile(`"uuid":"([^"]+)"`).FindString(body)
	}
	storetest.PauseReplay(t, standby)
	one = strings.Trim(strings.TrimPrefix(one, `"uuid":`), `"`)
	if status, _, body := send(t, http.MethodPut, list+"/"+one+"/users/"+store.DemoUserUUID, s.token, `{"value":"by hand"}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	wanted := file(t, "attributes.yaml", "attributes:\n  - name: country\n    default: none\n")
	applied := once(t, variablesOf{"ATTRIBUTED_TOKEN": s.token}, "apply", "--yes", "--url", "http://"+s.address, "-f", wanted)
	if applied.err != nil {
		t.Errorf("%v\n%s%s", applied.err, applied.stdout, applied.stderr)
	}
	if _, _, body := send(t, http.MethodGet, list, s.token, "", "X-Attributed-Position", "any"); !strings.Contains(body, "by hand") || !strings.Contains(body, `"attributeDefault":"none"`) {
		t.Errorf("there is %s", body)
	}
	if _, _, body := send(t, http.MethodGet, list, s.token, ""); strings.Contains(body, "by hand") {
		t.Errorf("the replica, which is paused, has %s", body)
	}
}

// Longer than a token is believed otherwise, reads with one that is in use go on, and all else waits for the primary.
func TestServeReadsWithoutItsPrimary(t *testing.T) {
	primary, standby := storetest.StartReplicated(t)
	s := startWithAdmin(t, primary.URL(), "--database-read", standby.URL(), "--reads-without-primary", "1h")
	list, unknown := "http://"+s.address+"/api/v1/org/attributes", "ldpat_"+strings.Repeat("0", 32)
	answers := func(what, method, target, token, body string, want int) {
		t.Helper()
		if status, _, answer := send(t, method, target, token, body); status != want {
			t.Errorf("%s: %d %s, want %d", what, status, answer, want)
		}
	}
	answers("a token that nobody has", http.MethodGet, list, unknown, "", http.StatusUnauthorized)
	at, err := url.Parse(standby.URL())
	if err != nil {
		t.Fatal(err)
	}
	untilSo(t, "a replica that is asked", func() bool { return s.metrics(t)["attributed_replica_usable"][at.Host].GetGauge().GetValue() != 0 })
	answers("a token in use", http.MethodGet, list, s.token, "", http.StatusOK)
	if err := primary.Crash(); err != nil {
		t.Fatal(err)
	}
	answered := false // after that time
	for crashed := time.Now(); !answered; {
		status, _, body := send(t, http.MethodGet, list, s.token, "")
		if status != http.StatusOK && status != http.StatusServiceUnavailable { // where the replica takes long to say where it is
			t.Fatalf("%d %s", status, body)
		}
		answered = status == http.StatusOK && time.Since(crashed) > 6*time.Second
		if time.Since(crashed) > time.Minute {
			t.Fatalf("a minute later: %d %s", status, body)
		}
	}
	untilSo(t, "ready for reads", func() bool { // where the replica takes long, as above
		status, _, _ := send(t, http.MethodGet, "http://"+s.address+"/readyz?for=reads", "", "")
		return status == http.StatusOK
	})
	answers("whether it is ready for all", http.MethodGet, "http://"+s.address+"/readyz", "", "", http.StatusServiceUnavailable)
	answers("the same token, to change something", http.MethodPost, list, s.token, `{"name":"never","attributeDefault":null,"users":[],"groups":[]}`, http.StatusServiceUnavailable)
	answers("the same token, to read people", http.MethodGet, "http://"+s.address+"/api/v1/org/users", s.token, "", http.StatusServiceUnavailable)
	if status, _, answer := send(t, http.MethodGet, list, s.token, "", "X-Attributed-Position", "1-ffffffffffffffff"); status != http.StatusServiceUnavailable {
		t.Errorf("what no replica has replayed: %d %s", status, answer)
	}
	answers("a token that is not known", http.MethodGet, list, "ldpat_"+strings.Repeat("1", 32), "", http.StatusServiceUnavailable)
	answers("a token that nobody has, as is known", http.MethodGet, list, unknown, "", http.StatusUnauthorized)
	if away := s.metrics(t)["attributed_primary_reachable"][""].GetGauge().GetValue(); away != 0 {
		t.Errorf("attributed_primary_reachable: %v", away)
	}
	if err := primary.Restart(); err != nil {
		t.Fatal(err)
	}
	untilSo(t, "written to again", func() bool { status, _ := create(t, s.address, s.token, "again"); return status == http.StatusOK })
}

// untilSo waits until something is so.
func untilSo(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("a minute later not %s", what)
		}
	}
}
