package server

import (
	"container/list"
	"context"
	"io"
	"sync"
	"time"
)

const (
	// readCost and decodedCost are the bytes of memory that a byte of a body takes while it is
	// read, in a buffer that doubles while the one before it is not collected yet, and once it is
	// decoded, on top of that.
	readCost    = 3
	decodedCost = 6

	// slowBody is how long a body may be under way before it has to give way where memory
	// is short: those who send quickly do not wait for those who do not.
	slowBody = 2 * time.Second
)

// memory bounds what the bodies of all requests hold together, in bytes, or how many long lists are sent at once.
type memory struct {
	patience time.Duration // of who waits for room

	mu      sync.Mutex
	total   int64
	free    int64
	reading list.List     // of *holding whose body is under way, the oldest first
	freed   chan struct{} // closed when something is given back; nil: nobody waits for that
	ahead   *holding      // whose body is there, and has more than there was; nil: nobody's
}

func newMemory(total int64, patience time.Duration) *memory {
	return &memory{patience: patience, total: total, free: total}
}

// holding is what one request's body holds.
type holding struct {
	memory  *memory
	bytes   int64
	since   time.Time
	place   *list.Element // in reading; nil once the body is there, or had to give way
	lost    bool
	giveWay func() // ends the reading
}

// hold begins with nothing. Where memory is short giveWay may be called, at most once; what the
// body holds is then somebody else's. What is held is kept until release.
func (m *memory) hold(giveWay func()) *holding {
	h := &holding{memory: m, since: time.Now(), giveWay: giveWay}
	m.mu.Lock()
	defer m.mu.Unlock()
	h.place = m.reading.PushBack(h)
	return h
}

// grow takes another n bytes, and waits for them as long as the memory's patience lasts. It returns
// errBusy where there was no room. Who is alone gets what it asks for, so that no body is too large
// for the memory, and of those whose body is there one does: else they might all wait for each other.
func (h *holding) grow(ctx context.Context, n int64) error {
	freed, ok := h.tryGrow(n)
	if ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.memory.patience)
	defer cancel()
	for ; !ok; freed, ok = h.tryGrow(n) {
		if freed == nil {
			return errBusy
		}
		select {
		case <-freed:
		case <-time.After(slowBody / 10): // others have grown old
		case <-ctx.Done():
			return errBusy
		}
	}
	return nil
}

// tryGrow takes n bytes, or returns what to wait for; nil where this body itself gave way.
func (h *holding) tryGrow(n int64) (freed <-chan struct{}, ok bool) {
	m := h.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.lost {
		return nil, false
	}
	if m.free < n {
		m.makeRoom(n, h)
	}
	if alone := m.free+h.bytes == m.total; m.free < n && !alone {
		if h.place != nil || m.ahead != nil {
			if m.freed == nil {
				m.freed = make(chan struct{})
			}
			return m.freed, false
		}
		m.ahead = h
	}
	m.free -= n
	h.bytes += n
	return nil, true
}

// makeRoom ends the oldest bodies that are slow until n bytes are free.
func (m *memory) makeRoom(n int64, spared *holding) {
	for e := m.reading.Front(); e != nil && m.free < n; {
		h := e.Value.(*holding)
		e = e.Next()
		if time.Since(h.since) < slowBody {
			return // and all that follow are younger
		}
		if h != spared {
			h.leave()
			m.free += h.bytes
			h.bytes, h.lost = 0, true
			h.giveWay()
			m.wake() // it may be waiting itself, with all that it has read
		}
	}
}

// whole says that the body is there, or the client took what it was sent: nothing waits for it now.
func (h *holding) whole() {
	h.memory.mu.Lock()
	defer h.memory.mu.Unlock()
	h.leave()
}

// awaited says that the client is waited for, from now on until whole is called. Where it has given way already, it
// returns errManyLists.
func (h *holding) awaited() error {
	m := h.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.lost {
		return errManyLists
	}
	h.since, h.place = time.Now(), m.reading.PushBack(h)
	return nil
}

// leave takes the body out of those that are under way. The memory is locked.
func (h *holding) leave() {
	if h.place != nil {
		h.memory.reading.Remove(h.place)
		h.place = nil
	}
}

// release gives all back.
func (h *holding) release() {
	m := h.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	h.leave()
	m.free += h.bytes
	h.bytes = 0
	if m.ahead == h {
		m.ahead = nil
	}
	m.wake()
}

// wake has all who wait look again. The memory is locked.
func (m *memory) wake() {
	if m.freed != nil {
		close(m.freed)
		m.freed = nil
	}
}

// heldReader holds memory for what is read.
type heldReader struct {
	io.Reader
	ctx  context.Context
	held *holding
}

func (r heldReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if busy := r.held.grow(r.ctx, int64(n)*readCost); busy != nil {
		return 0, busy
	}
	return n, err
}
