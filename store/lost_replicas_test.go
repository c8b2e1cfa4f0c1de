package store_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5"
)

// A replica that is away, or that takes connections and answers nothing, is nothing to those who read.
func TestALostReplicaTakesNoReadsDown(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	var way halting
	through := strings.Split(strings.Split(way.through(t, replicasAt(standby.address)), "@")[1], "/")[0]
	s := reading(t, replicasAt(through), time.Hour, primary.address)
	usable(t, s, through, true)
	everyConnection(t, s, organization)

	way.Lock()
	everyConnection(t, s, organization)
	usable(t, s, through, false)
	everyConnection(t, s, organization)
	way.Unlock()
	usable(t, s, through, true)

	everyConnection(t, s, organization)
	if err := standby.Crash(); err != nil {
		t.Fatal(err)
	}
	everyConnection(t, s, organization)
	usable(t, s, through, false)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("without a replica: %v", err)
	}
	if err := standby.Restart(); err != nil {
		t.Fatal(err)
	}
	usable(t, s, through, true)
	everyConnection(t, s, organization)
	if before := s.Stats().ReadsFrom; before["replica"] == 0 || before["primary"] == 0 {
		t.Errorf("%v", before)
	}
}

// After a failover writes go to the standby that was promoted. What is read after a position from before is read there,
// though a standby of its has replayed that position.
func TestAStandbyIsPromoted(t *testing.T) {
	first, organization := startHost(t)
	second := first.standby()
	third := first.standby()
	third.follow(second)
	s := reading(t, replicasAt(first.address, second.address, third.address), time.Hour, first.address, second.address)
	usable(t, s, second.address, true)
	usable(t, s, third.address, true)
	usable(t, s, first.address, false) // it takes writes itself
	_, before := created(t, s, organization, "before")
	everyChange(t, s, organization, "first", true)
	for names := []string(nil); !slices.Contains(names, "before"); {
		names, _ = readNames(t, s, organization, t.Context())
	}

	if err := first.Crash(); err != nil {
		t.Fatal(err)
	}
	second.run(`SELECT pg_promote()`)
	createAgain(t, s, organization, "promoted")
	everyChange(t, s, organization, "promoted", true)
	_, left := created(t, s, organization, "after")
	second.run(`CHECKPOINT`)
	third.run(`DO $$ BEGIN WHILE (SELECT received_tli FROM pg_stat_wal_receiver) IS DISTINCT FROM 2 LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	usable(t, s, second.address, false)
	for deadline := time.Now().Add(time.Minute); ; {
		third.run(`CHECKPOINT`) // which has the control file written
		names, replica := readNames(t, s, organization, after(t, left))
		if !slices.Contains(names, "after") {
			t.Fatalf("after its own create: %q, of the replica: %t", names, replica)
		}
		if replica {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later the standby of the new primary is not asked: %+v", s.Stats().Replicas)
		}
	}
	if names, replica := readNames(t, s, organization, after(t, before)); replica || !slices.Contains(names, "before") {
		t.Errorf("after a position from before: %q, of the replica: %t", names, replica)
	}
}

// lines is a log that is read while it is written.
type lines struct {
	sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.text.Write(p)
}

func (l *lines) have(text string) bool {
	l.Lock()
	defer l.Unlock()
	return strings.Contains(l.text.String(), text)
}

func TestWhatIsNoReplica(t *testing.T) {
	primary, organization := startHost(t)
	stranger, _ := startHost(t)
	s := storetest.Open(t, severalHosts(primary.address))
	var log lines
	s.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	if err := s.ReadFrom(t.Context(), replicasAt(stranger.address, primary.address), time.Hour); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if _, replica := readNames(t, s, organization, t.Context()); replica {
			t.Fatal("read from a server that is no replica")
		}
		if log.have("it takes writes itself") && log.have("it has another database than the primary") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a minute later the log does not say why")
		}
	}
	if _, replica := readNames(t, s, organization, t.Context()); replica {
		t.Error("read from a server that is known for none")
	}
	sqlite := storetest.Open(t, storetest.SQLiteURL(t))
	if err := sqlite.ReadFrom(t.Context(), replicasAt(primary.address), time.Hour); kindOf(t, err) != store.Invalid {
		t.Errorf("an SQLite: %v", err)
	}
	if err := storetest.Open(t, storetest.PostgresURL(t)).ReadFrom(t.Context(), "sqlite:x", time.Hour); kindOf(t, err) != store.Invalid {
		t.Errorf("from an SQLite: %v", err)
	}
}

// A standby that replays a lock, and then nothing more, has those wait who read the table.
func TestALockThatAReplicaReplays(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	s := reading(t, replicasAt(standby.address), time.Hour, primary.address)
	one, _ := created(t, s, organization, "locked")
	usable(t, s, standby.address, true)
	locking, err := pgx.Connect(t.Context(), storetest.URL(s))
	if err != nil {
		t.Fatal(err)
	}
	defer locking.Close(context.WithoutCancel(t.Context()))
	if _, err := locking.Exec(t.Context(), `BEGIN; LOCK TABLE user_attributes IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	primary.run(`CREATE TABLE committed ()`) // which takes the lock along to the standby
	standby.run(`DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock') LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	standby.pause()
	if _, err := locking.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if names, replica := readNames(t, s, organization, t.Context()); replica || len(names) != 1 {
		t.Errorf("%q, of the replica: %t", names, replica)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	if got, err := s.GetUserAttribute(ctx, organization, one.UUID); err != nil || got.Name != "locked" {
		t.Errorf("%v, %v", got, err)
	}
	if !s.Stats().Replicas[standby.address].Usable {
		t.Error("the replica was not asked")
	}
}

// A standby whose primary is lost tells the timeline that its control file has, from before the last failover: it is known to be
// on the one that it followed, and goes on to be read.
func TestReadsGoOnAfterAnotherFailover(t *testing.T) {
	first, organization := startHost(t)
	first.run(`GRANT pg_read_all_stats TO app`) // who so is told the timeline at once
	second := first.standby()
	third := first.standby()
	third.follow(second)
	if err := first.Crash(); err != nil {
		t.Fatal(err)
	}
	second.run(`SELECT pg_promote()`)
	third.run(`DO $$ BEGIN WHILE (SELECT received_tli FROM pg_stat_wal_receiver) IS DISTINCT FROM 2 LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	var way halting
	through := strings.Split(strings.Split(way.through(t, replicasAt(third.address)), "@")[1], "/")[0]
	b := readingWithout(t, time.Hour, organization, through, second.address)
	_, left := created(t, b.Store, organization, "there")
	oneByReplica(t, b.Store, organization, left)

	if err := second.Crash(); err != nil {
		t.Fatal(err)
	}
	b.until(t, "known to be away", b.away)
	third.run(`DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_wal_receiver WHERE received_tli IS NOT NULL) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	third.run(`DO $$ BEGIN IF GREATEST((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery())) <> 1 THEN RAISE 'its control file is of the last failover'; END IF; END $$`)
	way.Lock()
	b.until(t, "without a replica", func() bool { return !b.Stats().Replicas[through].Usable })
	way.Unlock() // a look that it did not answer makes nothing of that forgotten
	for _, position := range []string{"", left} {
		if names := b.reads(t, position); !slices.Equal(names, []string{"there"}) {
			t.Errorf("after %q: %q", position, names)
		}
	}
}
