package store_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// bereft is a store that reads from a standby, and may lose its primary.
type bereft struct {
	*store.Store
	organization store.Organization
	standby      string       // where it is
	passed       atomic.Int64 // nanoseconds that its clock is ahead
	log          lines
}

// readingWithout opens a store at these hosts that reads from a standby, so long without their primary.
func readingWithout(t *testing.T, most time.Duration, organization store.Organization, standby string, hosts ...string) *bereft {
	t.Helper()
	b := &bereft{Store: storetest.Open(t, severalHosts(hosts...)), organization: organization, standby: standby}
	store.SetClock(b.Store, func() time.Time { return time.Now().Add(time.Duration(b.passed.Load())) })
	b.LogTo(slog.New(slog.NewTextHandler(&b.log, nil)))
	b.ReadWithoutPrimary(most)
	if err := b.ReadFrom(t.Context(), replicasAt(standby), store.LeastMaxLag); err != nil {
		t.Fatal(err)
	}
	usable(t, b.Store, standby, true)
	return b
}

// pass lets so much time pass for tokens.
func (b *bereft) pass(d time.Duration) { b.passed.Add(int64(d)) }

// asks has the token looked up, as for a call that only reads or for any, and fails the test unless that is of a kind; "" is none.
func (b *bereft) asks(t *testing.T, what, token string, reads bool, want store.Kind) (caller store.Caller) {
	t.Helper()
	as := b.Authenticate
	if reads {
		as = b.AuthenticateRead
	}
	caller, err := as(t.Context(), token)
	if e, failed := errors.AsType[*store.Error](err); failed != (want != "") || failed && e.Kind != want || !failed && err != nil {
		t.Errorf("%s: %v (%v), want %q", what, err, errors.Unwrap(err), want)
	}
	return caller
}

// accepts reports whether the primary accepts a token for a read.
func (b *bereft) accepts(t *testing.T, token string) bool {
	caller, err := b.AuthenticateRead(t.Context(), token)
	return err == nil && !caller.Believed
}

// believed is of a call of a caller who is only believed, that sends a position or "".
func believed(t *testing.T, position string) context.Context {
	return store.WithPositions(t.Context(), &store.Positions{After: position, OnlyReplicas: true})
}

// reads waits until the standby answers a list: one that takes long to say where it is may not be asked just then.
func (b *bereft) reads(t *testing.T, position string) (names []string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		all, err := b.ListUserAttributes(believed(t, position), b.organization)
		if err == nil {
			for _, one := range all {
				names = append(names, one.Name)
			}
			return names
		}
		if kindOf(t, err) != store.Unavailable || time.Now().After(deadline) {
			t.Fatalf("%v (%v): %+v", err, errors.Unwrap(err), b.Stats())
		}
	}
}

// answersNothingElse fails the test where who is only believed is answered what the primary alone has.
func (b *bereft) answersNothingElse(t *testing.T) {
	t.Helper()
	_, unreplayed := b.GetUserAttribute(believed(t, "1-ffffffffffffffff"), b.organization, store.DemoUserUUID)
	_, people := b.Organizations(believed(t, ""))
	_, change := b.CreateUserAttribute(believed(t, ""), b.organization, store.Draft{Name: "never"})
	for what, err := range map[string]error{"a read of what nobody has replayed": unreplayed, "a read of people": people, "a change": change} {
		if kindOf(t, err) != store.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// until waits until something is so.
func (b *bereft) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("a minute later not %s: %+v", what, b.Stats())
		}
		b.FindOrganization(t.Context(), "nobody's") // takes a while
	}
}

// away is whether it is known that the primary is.
func (b *bereft) away() bool { return b.Stats().PrimaryAway }

// Whether the primary refuses connections or answers nothing, reads go on, from its standby and for tokens that it has accepted.
func TestReadsGoOnWithoutThePrimary(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		t.Run(map[bool]string{false: "stopped", true: "answers nothing"}[hangs], func(t *testing.T) {
			primary, organization := startHost(t)
			standby := primary.standby()
			var way halting
			through := strings.Split(strings.Split(way.through(t, severalHosts(primary.address)), "@")[1], "/")[0]
			b := readingWithout(t, 10_000*time.Hour, organization, standby.address, through)
			other := storetest.Open(t, severalHosts(primary.address))
			_, left := created(t, b.Store, organization, "there")
			oneByReplica(t, b.Store, organization, left)

			used, unused, revoked := storetest.CreateToken(t, other, store.DemoEmail), storetest.CreateToken(t, other, store.DemoEmail), storetest.CreateToken(t, other, store.DemoEmail)
			expiring, err := other.CreateToken(t.Context(), store.DemoEmail, "a test", time.Now().Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			b.asks(t, "before it is revoked", revoked, true, "")
			storetest.Exec(t, other, `DELETE FROM personal_access_tokens WHERE token_hash = ?`, store.HashOf(revoked))
			b.pass(6 * time.Second)
			b.until(t, "refused once it is revoked", func() bool {
				_, err := b.AuthenticateRead(t.Context(), revoked)
				return err != nil && kindOf(t, err) == store.Unauthenticated
			})
			b.until(t, "accepted", func() bool { return b.accepts(t, expiring) && b.accepts(t, used) })

			var meanwhile sync.WaitGroup
			meanwhile.Go(func() {
				for !b.away() && !t.Failed() {
					b.pass(6 * time.Second) // so that it is looked up
					b.asks(t, "one in use, meanwhile", used, true, "")
				}
			})
			if hangs {
				way.Lock()
			} else if err := primary.Crash(); err != nil {
				t.Fatal(err)
			}
			meanwhile.Wait()
			b.until(t, "known to be away", b.away)
			if caller := b.asks(t, "one in use, then", used, true, ""); !caller.Believed || caller.Role != "admin" {
				t.Errorf("%+v", caller)
			}
			b.pass(time.Minute)
			b.asks(t, "one in use, later", used, true, "")
			b.asks(t, "one in use, to change something", used, false, store.Unavailable)
			b.asks(t, "one that was never used", unused, true, store.Unavailable)
			b.asks(t, "one that was revoked before", revoked, true, store.Unauthenticated)
			b.asks(t, "one that has expired meanwhile", expiring, true, store.Unauthenticated)
			for _, position := range []string{"", left} {
				if names := b.reads(t, position); !slices.Equal(names, []string{"there"}) {
					t.Errorf("after %q: %q", position, names)
				}
			}
			b.until(t, "ready for reads", func() bool { return b.PingReads(t.Context()) == nil })
			if err := b.Ping(t.Context()); kindOf(t, err) != store.Unavailable {
				t.Errorf("ready for all: %v", err)
			}
			b.answersNothingElse(t)
			b.pass(20_000 * time.Hour)
			b.asks(t, "one in use, after its time", used, true, store.Unavailable)

			if hangs {
				way.Unlock()
			} else if err := primary.Restart(); err != nil {
				t.Fatal(err)
			}
			b.until(t, "back", func() bool { return !b.away() })
			b.answersNothingElse(t) // to who was let in before
			b.until(t, "asked again", func() bool { return b.accepts(t, unused) })
			createAgain(t, b.Store, organization, "again")
			for _, told := range []string{"the primary cannot be reached; replicas answer reads", "the primary can be reached again"} {
				if !b.log.have(told) {
					t.Errorf("the log does not say: %s", told)
				}
			}
		})
	}
}

// Where nothing else is said, or the time is over, reads end: whose a token is, or how far a replica is behind, nobody knows.
func TestReadsEndWithoutThePrimary(t *testing.T) {
	for name, most := range map[string]time.Duration{"at once": 0, "after a while": 2 * time.Second} {
		t.Run(name, func(t *testing.T) {
			primary, organization := startHost(t)
			standby := primary.standby()
			b := readingWithout(t, most, organization, standby.address, primary.address)
			token := storetest.CreateToken(t, b.Store, store.DemoEmail)
			b.asks(t, "one in use", token, true, "")
			if err := primary.Crash(); err != nil {
				t.Fatal(err)
			}
			b.until(t, "without a replica", func() bool { return !b.Stats().Replicas[standby.address].Usable && b.away() })
			b.until(t, "told", func() bool { return b.log.have("the primary has been away for too long") == (most > 0) })
			b.pass(6 * time.Second)
			b.asks(t, "one in use", token, true, store.Unavailable)
			if err := b.PingReads(t.Context()); kindOf(t, err) != store.Unavailable {
				t.Errorf("ready for reads: %v", err)
			}
			if _, err := b.ListUserAttributes(t.Context(), organization); kindOf(t, err) != store.Unavailable {
				t.Errorf("a list: %v", err)
			}
			if err := primary.Restart(); err != nil {
				t.Fatal(err)
			}
			b.until(t, "asked again", func() bool { return b.accepts(t, token) })
		})
	}
}

// A primary that answers others is asked, however long that takes.
func TestNobodyIsBelievedForALocksSake(t *testing.T) {
	primary, organization := startHost(t)
	b := readingWithout(t, time.Hour, organization, primary.standby().address, primary.address)
	token := storetest.CreateToken(t, b.Store, store.DemoEmail)
	b.until(t, "accepted", func() bool { return b.accepts(t, token) })
	locking := storetest.Connect(t, storetest.URL(b.Store))
	if _, err := locking.Exec(t.Context(), `BEGIN; LOCK TABLE personal_access_tokens IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	b.pass(6 * time.Second)
	b.until(t, "refused", func() bool {
		_, err := b.AuthenticateRead(t.Context(), token)
		return kindOf(t, err) == store.Unavailable
	})
	if _, err := locking.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	b.until(t, "accepted again", func() bool { return b.accepts(t, token) })
}

// A standby that follows the successor goes on to be read before that can be reached; then all is as before.
func TestReadsGoOnWhileAStandbyIsPromoted(t *testing.T) {
	first, organization := startHost(t)
	second := first.standby()
	third := first.standby()
	third.follow(second)
	var way halting
	through := strings.Split(strings.Split(way.through(t, severalHosts(second.address)), "@")[1], "/")[0]
	b := readingWithout(t, time.Hour, organization, third.address, first.address, through)
	token := storetest.CreateToken(t, b.Store, store.DemoEmail)
	b.asks(t, "one in use", token, true, "")

	way.Lock()
	if err := first.Crash(); err != nil {
		t.Fatal(err)
	}
	second.run(`SELECT pg_promote()`)
	successor := storetest.Open(t, severalHosts(second.address))
	if err := successor.ReadFrom(t.Context(), replicasAt(third.address), time.Hour); err != nil {
		t.Fatal(err)
	}
	_, left := created(t, successor, organization, "after")
	second.run(`CHECKPOINT`)
	third.run(`DO $$ BEGIN WHILE (SELECT received_tli FROM pg_stat_wal_receiver) IS DISTINCT FROM 2 LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	b.until(t, "known to be away", b.away)
	b.until(t, "known to follow the successor", func() bool {
		third.run(`CHECKPOINT`) // which has the control file written
		return store.SeenTimeline(b.Store, third.address) == 2
	})
	for _, position := range []string{"", left} {
		if names := b.reads(t, position); !slices.Equal(names, []string{"after"}) {
			t.Errorf("after %q: %q", position, names)
		}
	}
	b.pass(6 * time.Second)
	if caller := b.asks(t, "one in use", token, true, ""); !caller.Believed {
		t.Error("the successor cannot be reached, and is asked")
	}

	way.Unlock()
	createAgain(t, b.Store, organization, "again")
	b.until(t, "asked again", func() bool {
		b.pass(6 * time.Second)
		return b.accepts(t, token)
	})
	there(t, b.Store, func() { readNames(t, b.Store, organization, t.Context()) })
}
