package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"attributed/store"
)

// While replay is paused a replica has what was, and is asked as long as its lag may be so long.
func TestReadsAreTheReplicas(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	s := reading(t, replicasAt(standby.address), time.Hour, primary.address)
	usable(t, s, standby.address, true)
	other, third := reading(t, replicasAt(standby.address), time.Hour, primary.address), reading(t, replicasAt(standby.address), time.Hour, primary.address)
	usable(t, other, standby.address, true) // neither of which remembers a token
	usable(t, third, standby.address, true)
	standby.pause()
	one, left := created(t, s, organization, "new")
	if left == "" {
		t.Error("a create leaves no position")
	}

	var (
		names  []string
		values []store.EffectiveAttribute
		err    error
	)
	there(t, s, func() { names, _ = readNames(t, s, organization, t.Context()) })
	if len(names) > 0 {
		t.Errorf("without a position: %q", names)
	}
	there(t, s, func() { _, err = s.GetUserAttribute(t.Context(), organization, one.UUID) })
	if kindOf(t, err) != store.NotFound {
		t.Errorf("without a position: %v", err)
	}
	there(t, s, func() { values, err = s.EffectiveValues(t.Context(), organization, store.DemoUserUUID) })
	if err != nil || len(values) > 0 {
		t.Errorf("without a position: %v, %v", values, err)
	}
	for _, position := range []string{left, "0-0", "no position", "1-", "-", "1-g", "1-ffffffffffffffff", "2-0"} {
		ctx := after(t, position)
		if names, replica := readNames(t, s, organization, ctx); replica || len(names) != 1 {
			t.Errorf("after %s: %q, of the replica: %t", position, names, replica)
		}
		if got, err := s.GetUserAttribute(ctx, organization, one.UUID); err != nil || got.Name != "new" {
			t.Errorf("after %s: %v, %v", position, got, err)
		}
		if values, err := s.EffectiveValues(ctx, organization, store.DemoUserUUID); err != nil || len(values) != 1 {
			t.Errorf("after %s: %v, %v", position, values, err)
		}
	}

	token, err := s.CreateToken(t.Context(), store.DemoEmail, "made meanwhile", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Authenticate(t.Context(), token); err != nil {
		t.Errorf("a token that the replica does not have: %v", err)
	}

	standby.resume()
	oneByReplica(t, s, organization, left)

	standby.pause()
	tokens, err := s.ListTokens(t.Context(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range tokens {
		if err := s.RevokeToken(t.Context(), one.UUID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := third.Authenticate(t.Context(), token); kindOf(t, err) != store.Unauthenticated {
		t.Errorf("a token that the replica still has: %v", err)
	}
}

// Every change leaves a position, also where several are one statement, or where nothing is done.
func TestEveryChangeLeavesAPosition(t *testing.T) {
	primary, organization := startHost(t)
	s := reading(t, replicasAt("127.0.0.1:1"), time.Hour, primary.address)
	one, first := created(t, s, organization, "first")
	caller := store.Caller{UserUUID: store.DemoUserUUID, Organization: organization}
	call := store.Call{Operation: "x", Path: "/x", Key: "x"}
	for name, change := range map[string]func(context.Context) error{
		"an update": func(ctx context.Context) error {
			_, err := s.UpdateUserAttribute(ctx, organization, one.UUID, store.Draft{Name: "changed"}, nil)
			return err
		},
		"a value": func(ctx context.Context) error {
			_, err := s.SetUserValue(ctx, organization, one.UUID, store.DemoUserUUID, []string{"x"}, nil)
			return err
		},
		"a create with values": func(ctx context.Context) error {
			_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "with", Users: []store.UserValue{{UserUUID: store.DemoUserUUID, Values: []string{"x"}}}})
			return err
		},
		"a call with a key, and the same again": func(ctx context.Context) error {
			for range 2 {
				_, _, err := s.Once(ctx, caller, call, func(ctx context.Context) (store.Answer, error) {
					_, err := s.CreateUserAttribute(ctx, organization, store.Draft{Name: "once"})
					return store.Answer{Status: 200, Body: []byte("{}")}, err
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		positions := store.Positions{}
		if err := change(store.WithPositions(t.Context(), &positions)); err != nil || positions.Left == "" || positions.Left == "0-0" {
			t.Errorf("%s: %q, %v", name, positions.Left, err)
		}
	}
	again := store.Positions{}
	if _, replayed, err := s.Once(store.WithPositions(t.Context(), &again), caller, call, nil); err != nil || !replayed || store.LSN(again.Left) <= store.LSN(first) {
		t.Errorf("a call that came again: %q after %q, %v", again.Left, first, err)
	}
	refused := store.Positions{}
	if _, err := s.CreateUserAttribute(store.WithPositions(t.Context(), &refused), organization, store.Draft{Name: "once"}); kindOf(t, err) != store.Conflict || store.LSN(refused.Left) <= store.LSN(first) {
		t.Errorf("one that is refused: %q, %v", refused.Left, err)
	}

	var together sync.WaitGroup
	for i := range 60 {
		together.Go(func() {
			if _, left := created(t, s, organization, "together "+string(rune('A'+i))); store.LSN(left) <= store.LSN(first) {
				t.Errorf("one of many: %q after %q", left, first)
			}
		})
	}
	together.Wait()
}

func TestAReplicaTooFarBehindIsNotAsked(t *testing.T) {
	primary, organization := startHost(t)
	standby := primary.standby()
	s := reading(t, replicasAt(standby.address), store.LeastMaxLag, primary.address)
	usable(t, s, standby.address, true)
	standby.pause()
	created(t, s, organization, "new")
	usable(t, s, standby.address, false)
	if names, replica := readNames(t, s, organization, t.Context()); replica || len(names) != 1 {
		t.Errorf("%q, of the replica: %t", names, replica)
	}
	if lag := s.Stats().Replicas[standby.address].Lag; lag < store.LeastMaxLag.Seconds() {
		t.Errorf("its lag is %f s", lag)
	}
	standby.resume()
	usable(t, s, standby.address, true)
}
