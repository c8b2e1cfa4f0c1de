package server

import (
	"testing"
	"time"
)

func TestCreatedAtHasMillisecondsAlways(t *testing.T) {
	tokyo := time.FixedZone("Tokyo", 9*60*60)
	for want, at := range map[string]time.Time{
		"2026-11-24T15:17:27.508Z": time.Date(2026, 11, 24, 15, 17, 27, 508e6, time.UTC),
		"2026-11-24T15:17:27.500Z": time.Date(2026, 11, 24, 15, 17, 27, 500e6, time.UTC),
		"2026-11-24T15:17:27.000Z": time.Date(2026, 11, 25, 0, 17, 27, 0, tokyo),
	} {
		if got := timeFrom(at); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
