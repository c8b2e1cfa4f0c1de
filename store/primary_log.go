package store

import (
	"math"
	"sort"
	"sync"
	"time"
)

// logKept is for how long it is known where the primary was, beyond the greatest lag.
const logKept = 10 * time.Minute

// farBehind is the lag of a replica of which it is not known.
const farBehind = time.Duration(math.MaxInt64)

// primaryLog is where the primary was, by our own clock. How far a replica is behind is told by it and by
// positions: clocks of several machines differ.
type primaryLog struct {
	mutex sync.Mutex
	kept  time.Duration
	last  sighting // of the primary; the zero one before the first
	marks []mark   // in their order, none twice
	more  bool     // there were earlier ones, which are forgotten
}

// mark is a position with the last time at which the primary was certainly no further.
type mark struct {
	lsn  uint64
	last time.Time
}

// add notes where the primary was at a time. What was noted of another timeline is forgotten.
func (l *primaryLog) add(s sighting, at time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if s.standby {
		return
	}
	if s.timeline != l.last.timeline || s.cluster != l.last.cluster || s.database != l.last.database {
		l.marks, l.more = nil, false
	}
	l.last = s
	if n := len(l.marks); n > 0 && l.marks[n-1].lsn >= s.lsn {
		l.marks[n-1].last = at
		return
	}
	l.marks = append(l.marks, mark{s.lsn, at})
	old := sort.Search(len(l.marks), func(i int) bool { return at.Sub(l.marks[i].last) <= l.kept })
	l.marks, l.more = append(l.marks[:0], l.marks[old:]...), l.more || old > 0
}

// primary returns what the primary last said of itself, and whether it did.
func (l *primaryLog) primary() (sighting, bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.last, len(l.marks) > 0
}

// lag is for how long at the most the primary has been further than a position of its timeline; of what is from before all that is
// kept, for how long at least.
func (l *primaryLog) lag(lsn uint64, now time.Time) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	further := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].lsn > lsn })
	switch {
	case further > 0:
	case l.more:
		return now.Sub(l.marks[0].last)
	default:
		return farBehind
	}
	return now.Sub(l.marks[further-1].last)
}
