package store_test

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"attributed/store"

	"github.com/jackc/pgx/v5/pgconn"
)

// A machine that was busy for a second has not lost its primary; a refused connection says that at once.
func TestOneLookWithoutAnAnswerSaysNothing(t *testing.T) {
	absence := store.NewAbsence(time.Hour)
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for i, look := range []struct {
		found     error
		told      string
		reachable bool
	}{
		{nil, "", true}, {store.ErrSilent, "", true}, {nil, "", true}, {store.ErrSilent, "", true}, {store.ErrSilent, "goes on", false},
		{store.ErrSilent, "goes on", false}, {nil, "", true}, {refused, "goes on", false}, {nil, "", true},
	} {
		if told, reachable := absence.Looked(look.found); told != look.told || reachable != look.reachable {
			t.Errorf("look %d, %v: told %q, reachable %v; want %q, %v", i, look.found, told, reachable, look.told, look.reachable)
		}
	}
	short := store.NewAbsence(time.Nanosecond)
	short.Looked(nil)
	if told, _ := short.Looked(refused); told != "refused" {
		t.Errorf("an absence that is over before it is known: told %q", told)
	}
}

// Of several hosts that fail each in its way, whether one of them is a primary that only refuses.
func TestWhoseWordARefusalIs(t *testing.T) {
	full, starts := &pgconn.PgError{Code: "53300"}, &pgconn.PgError{Code: "57P03"}
	gone, standby := &net.OpError{Op: "dial", Err: errors.New("refused")}, fmt.Errorf("host b: %w", pgconn.ErrReadOnlyConnection)
	for i, one := range []struct {
		hosts []error
		there bool
	}{
		{[]error{full}, true}, {[]error{starts}, false}, {[]error{gone}, false}, {[]error{standby}, false}, {[]error{standby, standby}, false},
		{[]error{full, standby}, true}, {[]error{standby, full}, true}, {[]error{full, gone}, false}, {[]error{gone, full}, false}, {[]error{starts, full}, false},
	} {
		if got := store.RefusesOnly(fmt.Errorf("connect: %w", errors.Join(one.hosts...))); got != one.there {
			t.Errorf("%d, %v: %v", i, one.hosts, got)
		}
	}
	if !store.RefusesOnly(full) || store.RefusesOnly(gone) {
		t.Error("one host")
	}
}
