package server

import (
	"errors"
	"net/http"
	"time"
)

// freeList is what a list may hold beside all others, in bytes: most are shorter, and ask nobody.
const freeList = 1 << 20

// listCost is the bytes of memory that a byte of a list takes: before it is collected, what it was
// made from stands as long again.
const listCost = 2

// listMemory bounds what long lists hold together, from when they are read until they are sent. It is
// one list's; nil bounds nothing.
type listMemory struct {
	all  *memory
	free int64    // bytes
	held *holding // nil: it is not long
}

func (s *Server) listMemory() *listMemory { return &listMemory{all: s.lists, free: freeList} }

// take takes another n bytes. It does not wait for them, since it holds a connection to the database.
func (l *listMemory) take(n int) error {
	if l.held == nil {
		if l.free -= int64(n); l.free >= 0 {
			return nil
		}
		l.held = l.all.hold(func() {})
	}
	if _, ok := l.held.tryGrow(int64(n) * listCost); !ok {
		return errManyLists
	}
	return nil
}

// release gives all back.
func (l *listMemory) release() {
	if l != nil && l.held != nil {
		l.held.release()
	}
}

// sending has the list end its connection where it has to give way to others.
func (l *listMemory) sending(w http.ResponseWriter) error {
	if l == nil || l.held == nil {
		return nil
	}
	return l.held.goOn(func() {
		_ = http.NewResponseController(connectionOf(w)).SetWriteDeadline(time.Unix(1, 0)) // all of net/http's can
	})
}

// sent notes that the client took a piece: it is not one that reads nothing.
func (l *listMemory) sent() error {
	if l == nil || l.held == nil {
		return nil
	}
	return l.held.goOn(nil)
}

// errNotWritten is behind the error of an answer that the client did not take.
var errNotWritten = errors.New("the client did not take the answer")
