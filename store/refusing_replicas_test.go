package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// A replica that takes no more connections is asked for nothing more, and what is being read there goes on.
func TestAReplicaThatRefusesConnections(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	s := reading(t, replicasAt(standby.address), time.Hour, primary.address)
	long := []store.UserValue{{UserUUID: store.DemoUserUUID, Values: slices.Repeat([]string{strings.Repeat("x", 250)}, 1000)}} // more than fits between the two
	left := ""
	for i := range 60 {
		var positions store.Positions
		draft := store.Draft{Name: fmt.Sprint(i), Users: long}
		if _, err := s.CreateUserAttribute(store.WithPositions(t.Context(), &positions), organization, draft); err != nil {
			t.Fatal(err)
		}
		left = positions.Left
	}
	there(t, s, func() {
		usable(t, s, standby.address, true)
		read := 0
		begin := func() error {
			if read > 0 {
				return errors.New("again")
			}
			return nil
		}
		err := s.EachUserAttribute(after(t, left), organization, begin, func(*store.UserAttribute) error {
			if read++; read == 1 {
				primary.run(`ALTER ROLE app CONNECTION LIMIT 0`)
				standby.run(`DO $$ BEGIN WHILE (SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app') <> 0 LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`,
					`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND state = 'idle'`)
				usable(t, s, standby.address, false)
			}
			return nil
		})
		if err != nil || read != 60 {
			t.Fatalf("a list that had begun: %d read, %v", read, err)
		}
		primary.run(`ALTER ROLE app CONNECTION LIMIT -1`)
	})
}

// What a replica cannot answer the primary does, and it is told that it could not.
func TestReadsThatAReplicaRefuses(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	primary.run(`CREATE ROLE stranger LOGIN PASSWORD 'app'`)
	s := storetest.Open(t, severalHosts(primary.address))
	var log lines
	s.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	if err := s.ReadFrom(t.Context(), strings.Replace(replicasAt(standby.address), "app", "stranger", 1), time.Hour); err != nil {
		t.Fatal(err)
	}
	created(t, s, organization, "new")
	for deadline := time.Now().Add(time.Minute); s.Stats().Replicas[standby.address].Failed == 0; {
		if names, replica := readNames(t, s, organization, t.Context()); replica || len(names) != 1 {
			t.Fatalf("%q, of the replica: %t", names, replica)
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later no read has failed there: %+v", s.Stats().Replicas)
		}
	}
	if !log.have("a read failed on a replica") || !log.have("42501") {
		t.Error("the log does not say why")
	}
}

// A URL may say of all hosts what only the primary is.
func TestReplicasWithTheTargetOfThePrimary(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	s := reading(t, replicasAt(standby.address)+"&target_session_attrs=read-write", time.Hour, primary.address)
	there(t, s, func() { readNames(t, s, organization, t.Context()) })
}
