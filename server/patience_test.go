package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTimeStandsStillWhileAClientTakesItsAnswer, on a clock of its own.
func TestTimeStandsStillWhileAClientTakesItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		p := newPatience(ctx, 10*time.Second)
		defer p.end()
		derived, stop := context.WithCancel(p)
		defer stop()
		for _, step := range []struct {
			name   string
			passes time.Duration
			then   func()
		}{
			{"within what its request has left", 8 * time.Second, p.pause},
			{"paused", time.Hour, p.goOn},
			{"again, with the whole of its time", 9 * time.Second, func() {}},
		} {
			time.Sleep(step.passes)
			if err := derived.Err(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			step.then()
		}
		time.Sleep(2 * time.Second)
		if err := derived.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("past its time: %v", err)
		}
		p.goOn()
		if !errors.Is(p.Err(), context.DeadlineExceeded) {
			t.Error("it went on after its end")
		}
	})
	if p := newPatience(t.Context(), 0); p.Err() == nil {
		t.Error("there was no time, and it has begun")
	}
}
