package server

import (
	"log/slog"
	"sync"
	"time"
)

// outageEvery is how often the log tells of an outage that goes on.
const outageEvery = 10 * time.Second

// outageLog keeps an outage, in which every request fails for the same reason, from filling
// the log: the first failure is told whole, those after it are counted.
type outageLog struct {
	log *slog.Logger

	mu      sync.Mutex
	going   bool  // a failure was told within outageEvery
	counted int   // failures since then
	last    error // of those
}

// first reports whether this failure is to be told whole. Else it is counted.
func (o *outageLog) first(cause error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.going {
		o.going = true
		time.AfterFunc(outageEvery, o.tell)
		return true
	}
	o.counted, o.last = o.counted+1, cause
	return false
}

// tell tells of the failures that were counted. Where there are none the outage is over.
func (o *outageLog) tell() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.going = o.counted > 0; !o.going {
		return
	}
	o.log.Error("more requests failed", "count", o.counted, "within", outageEvery, "last_error", o.last)
	o.counted, o.last = 0, nil
	time.AfterFunc(outageEvery, o.tell)
}
