package main

import (
	"fmt"
	"slices"
	"time"
)

// What is promised of a lost primary, with ttl 20, loop_wait 3 and retry_timeout 5: until changes work again.
const (
	afterKill     = 15 * time.Second
	afterLostHost = 25 * time.Second
)

// withoutRead is how long reads may be away, whatever happens: nobody has a good answer. One who asked a host that is then lost may
// wait longer.
const withoutRead = 2 * time.Second

// broken tells what is not as it must be, the limits first. In the short form nobody is held to seconds: it runs on machines that
// have other work.
func (r *row) broken(short bool) (all []string) {
	must := func(held bool, format string, values ...any) {
		if !held {
			all = append(all, fmt.Sprintf(format, values...))
		}
	}
	must(r.tried > 0, "it did not come to its end")
	must(r.acknowledged > 0, "no change was acknowledged, so none could be lost")
	must(r.rereads > 0, "nothing was read by a position, so nothing could be stale")
	must(r.two == 0, "two primaries were seen %d times", r.two)
	if !short && r.fault.within > 0 && len(r.writes) > 0 {
		longest := slices.Max(r.writes)
		must(longest <= r.fault.within, "changes worked again after %.1f s, which is more than %.0f s", longest.Seconds(), r.fault.within.Seconds())
	}
	must(short || r.away <= withoutRead, "nobody could read for %.1f s, which is more than %.0f s", r.away.Seconds(), withoutRead.Seconds())
	if r.fault.loses {
		return append(all, r.Problems...)
	}
	must(r.Lost == 0, "%d acknowledged changes were lost", r.Lost)
	must(r.Half == 0, "%d attributes are half written", r.Half)
	must(r.Twice == 0, "%d attributes are there twice", r.Twice)
	must(r.stale == 0, "%d of %d reads by a position were stale", r.stale, r.rereads)
	return append(all, r.Problems...)
}
