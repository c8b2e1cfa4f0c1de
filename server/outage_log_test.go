package server

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestOutageIsToldOnceAndThenCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written bytes.Buffer
		outages := outageLog{log: slog.New(slog.NewTextHandler(&written, nil))}
		fail := func(times int) (told int) {
			for range times {
				if outages.first(errors.New("no route to host")) {
					told++
				}
			}
			return told
		}
		after := func(wait time.Duration, want string) {
			t.Helper()
			time.Sleep(wait) // of a clock that goes by itself
			synctest.Wait()
			_, got, _ := strings.Cut(strings.TrimSpace(written.String()), "level=")
			if got != want {
				t.Errorf("after %v the log has %q, want %q", wait, got, want)
			}
			written.Reset()
		}
		if told := fail(1000); told != 1 {
			t.Errorf("%d of 1,000 were told, not one", told)
		}
		after(outageEvery+1, `ERROR msg="more requests failed" count=999 within=10s last_error="no route to host"`)
		if told := fail(5); told != 0 {
			t.Errorf("%d were told in an outage that goes on", told)
		}
		after(outageEvery, `ERROR msg="more requests failed" count=5 within=10s last_error="no route to host"`)
		after(outageEvery, "")
		if told := fail(2); told != 1 {
			t.Errorf("%d of the next outage were told, not one", told)
		}
		after(2*outageEvery, `ERROR msg="more requests failed" count=1 within=10s last_error="no route to host"`)
		after(time.Hour, "")
	})
}
