package main

import "time"

// plan says how much is measured.
type plan struct {
	rounds       int
	duration     time.Duration // of each measurement; of pgbench's a whole number of seconds, at least one
	warm         time.Duration // before it
	callers      []int         // that create at once
	listSizes    []int         // attributes
	lists        int           // of each size, in each round
	listRounds   int
	people       []int // in the directory, for values in effect; not fewer than it has
	starts       int
	tokens       int // of a Lightdash
	largeBodies  int
	sqlite       int // creates of each caller
	imported     int // values, from a CSV file
	planned      int // attributes, in a plan
	importRounds int
	benchtime    string // of Go benchmarks
}

var full = plan{
	rounds: 7, duration: 2 * time.Second, warm: 300 * time.Millisecond, callers: []int{1, 8, 32, crowd},
	listSizes: []int{100, 1_000, 10_000}, lists: 4, listRounds: 5, people: []int{users, 20_000, 100_000},
	starts: 20, tokens: 100, largeBodies: 10, sqlite: 1_000, imported: 100_000, planned: 1_000, importRounds: 3, benchtime: "1s",
}

var quick = plan{
	rounds: 3, duration: time.Second, warm: 100 * time.Millisecond, callers: []int{1, 8, 32, crowd},
	listSizes: []int{100, 1_000, 10_000}, lists: 2, listRounds: 2, people: []int{users, 100_000},
	starts: 5, tokens: 50, largeBodies: 3, sqlite: 100, imported: 100_000, planned: 1_000, importRounds: 1, benchtime: "100ms",
}

// smoke is for the test: every part once, as briefly as can be.
var smoke = plan{
	rounds: 1, duration: 100 * time.Millisecond, warm: 10 * time.Millisecond, callers: []int{32, crowd},
	listSizes: []int{10, 1_000}, lists: 1, listRounds: 1, people: []int{users, users + 10, users + 20},
	starts: 1, tokens: 3, largeBodies: 1, sqlite: 10, imported: 1_000, planned: 10, importRounds: 1, benchtime: "1x",
}

// crowd is so many callers that most wait, for attributed alone: how evenly is what is asked of it, and the
// limit has not so many connections.
const crowd = 256

// shape is how many values an attribute is created with.
type shape struct{ Users, Groups int }

var shapes = []shape{{0, 0}, {10, 2}}

func (s shape) values() int { return s.Users + s.Groups }
