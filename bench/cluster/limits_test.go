package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"attributed/bench/witness"
)

func TestWhatBreaksALimitIsNamed(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *row)
		short  bool
		want   string // "": nothing is wrong
	}{
		{name: "all is well", change: func(*row) {}},
		{name: "a change was lost", change: func(r *row) { r.Lost = 1 }, want: "1 acknowledged changes were lost"},
		{name: "a change was lost in the short form", change: func(r *row) { r.Lost = 1 }, short: true, want: "1 acknowledged changes were lost"},
		{name: "a change was lost where that may be", change: func(r *row) { r.Lost, r.stale, r.fault.loses = 1, 1, true }},
		{name: "half a change", change: func(r *row) { r.Half = 2 }, want: "2 attributes are half written"},
		{name: "twice the same", change: func(r *row) { r.Twice = 1 }, want: "1 attributes are there twice"},
		{name: "a stale read", change: func(r *row) { r.stale = 3 }, want: "3 of 7 reads by a position were stale"},
		{name: "no read that could be stale", change: func(r *row) { r.rereads = 0 }, want: "nothing was read by a position"},
		{name: "no change that could be lost", change: func(r *row) { r.acknowledged = 0 }, want: "no change was acknowledged"},
		{name: "two primaries", change: func(r *row) { r.two = 1 }, want: "two primaries were seen 1 times"},
		{name: "two primaries where changes may be lost", change: func(r *row) { r.two, r.fault.loses = 1, true }, want: "two primaries were seen 1 times"},
		{name: "it broke off", change: func(r *row) { r.tried = 0 }, want: "it did not come to its end"},
		{name: "changes were away for too long", change: func(r *row) { r.writes = append(r.writes, 16*time.Second) }, want: "changes worked again after 16.0 s, which is more than 15 s"},
		{name: "changes were away for long in the short form", change: func(r *row) { r.writes = append(r.writes, time.Minute) }, short: true},
		{name: "reads were away for too long", change: func(r *row) { r.away = 3 * time.Second }, want: "nobody could read for 3.0 s, which is more than 2 s"},
		{name: "reads were away for long in the short form", change: func(r *row) { r.away = time.Minute }, short: true},
		{name: "a call failed as it may", change: func(r *row) { r.note([]witness.Answer{{What: "PUT /a", Status: 503}}) }},
		{name: "a call failed as it may not", change: func(r *row) { r.note([]witness.Answer{{What: "PUT /a", Status: 502}}) }, want: "PUT /a: 502"},
		{name: "a call had no answer", change: func(r *row) { r.note([]witness.Answer{{What: "GET /a"}}) }, short: true, want: "GET /a: 0"},
		{name: "a call failed before the fault", change: func(r *row) { r.note([]witness.Answer{{What: "PUT /a", Status: 503, Early: true}}) }, want: "failed before the fault"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &row{fault: &fault{name: "a fault", may: unavailable, within: afterKill}, failed: map[int]int{}, tried: 2, rereads: 7, writes: []time.Duration{time.Second, 15 * time.Second}}
			r.note([]witness.Answer{{What: "PUT /a", Status: 200}, {What: "GET /a", Status: 200}})
			tt.change(r)
			var out strings.Builder
			err := (&outcome{rows: []*row{r}, load: &load{}, short: tt.short}).publish(&out)
			below := slices.Collect(strings.Lines(out.String()[strings.LastIndex(out.String(), "\n\n")+2:]))
			if tt.want == "" && (err != nil || len(below) > 0) {
				t.Errorf("%v, %q, want nothing", err, below)
			}
			if tt.want != "" && (err == nil || len(below) != 1 || !strings.Contains(below[0], tt.want)) {
				t.Errorf("%v, %q, want one line with %q", err, below, tt.want)
			}
		})
	}
}

func TestTheLongestTimeWithoutAGoodAnswer(t *testing.T) {
	began := time.Now()
	answer := func(from, to, status int) witness.Answer {
		return witness.Answer{Status: status, Took: time.Duration(to-from) * time.Second, Ended: began.Add(time.Duration(to) * time.Second)}
	}
	tests := []struct {
		name    string
		answers []witness.Answer
		want    time.Duration
	}{
		{"no call", nil, 0},
		{"all answered", []witness.Answer{answer(0, 1, 200), answer(1, 2, 200)}, time.Second},
		{"the first takes long", []witness.Answer{answer(0, 4, 200), answer(4, 5, 200)}, 4 * time.Second},
		{"some fail", []witness.Answer{answer(0, 1, 200), answer(2, 3, 503), answer(4, 5, 503), answer(6, 7, 200), answer(8, 9, 200)}, 6 * time.Second},
		{"of several", []witness.Answer{answer(0, 1, 200), answer(0, 2, 503), answer(1, 3, 200), answer(0, 4, 200)}, 2 * time.Second},
		{"it does not come back", []witness.Answer{answer(0, 1, 200), answer(2, 3, 0), answer(4, 10, 0)}, 9 * time.Second},
	}
	for _, tt := range tests {
		if got := longest(tt.answers); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
