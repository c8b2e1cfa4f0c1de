package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"attributed/store"
)

const (
	listPiece = 32 << 10 // bytes of a long list that are sent at a time

	// longestTake is how long a client may take for a long list in all: as long as net/http gives it
	// for another answer.
	longestTake = 100 * time.Second
)

// errNotWritten is behind the error of an answer that the client did not take.
var errNotWritten = errors.New("the client did not take the answer")

// userAttributeList is the answer of GetUserAttributes: it writes what the generated one would, but by hand, and as
// the database tells it.
type userAttributeList func(w http.ResponseWriter) error

// VisitGetUserAttributesResponse writes the answer.
func (l userAttributeList) VisitGetUserAttributesResponse(w http.ResponseWriter) error { return l(w) }

// sendList answers with the attributes of an organization. What fits into a first piece is answered once all of it is
// there, and as any other answer; of a longer list one attribute is held, and a piece of the answer, while
// the database sends the others at the client's pace. A failure then ends the connection, see fail.
func (s *Server) sendList(ctx context.Context, organization store.Organization, w http.ResponseWriter) error {
	reading := newPatience(ctx, s.timeout)
	defer reading.end()
	l := &listStream{w: w, reading: reading, stall: s.stall, all: s.lists, long: &s.long, of: organization.UUID}
	defer l.release()
	if err := s.store.EachUserAttribute(reading, organization, l.begin, l.add); err != nil {
		return err
	}
	return l.end()
}

// listStream is a list on its way to a client.
type listStream struct {
	w       http.ResponseWriter
	reading *patience
	stall   time.Duration // for a piece
	piece   []byte        // what is not sent yet
	some    bool          // there are attributes before the next
	begun   bool          // some of it was sent

	all  *memory  // of places for long lists
	held *holding // one of them
	late time.Time

	long *sync.Map // whose lists were long the last time
	of   string    // whose it is
}

// begin begins with no attribute, unless some were sent already. A list that was long before needs its place now: where
// there is none, the database need not be asked.
func (l *listStream) begin() error {
	if l.begun {
		return errNotWritten
	}
	l.piece, l.some = append(l.piece[:0], `{"results":[`...), false
	if _, long := l.long.Load(l.of); long && l.held == nil {
		return l.take()
	}
	return nil
}

// add adds an attribute, and sends what is enough for a piece.
func (l *listStream) add(a *store.UserAttribute) error {
	if l.some {
		l.piece = append(l.piece, ',')
	}
	l.some = true
	l.piece = appendUserAttribute(l.piece, *a)
	if !l.begun && len(l.piece) <= longestVersioned || len(l.piece) < listPiece {
		return nil
	}
	if l.held == nil {
		l.long.Store(l.of, true)
		if err := l.take(); err != nil {
			return err
		}
	}
	l.begun = true
	l.reading.pause()
	defer l.reading.goOn()
	return l.send()
}

// end sends the rest.
func (l *listStream) end() error {
	if !l.begun {
		l.long.Delete(l.of)
	}
	l.piece = append(l.piece, `],"status":"ok"}`+"\n"...)
	return l.send()
}

// take takes a place among the long lists. Where there is none, one whose client has taken nothing for a while gives
// way; else it returns errManyLists. It does not wait, since it has a connection to the database.
func (l *listStream) take() error {
	l.late = time.Now().Add(longestTake)
	l.held = l.all.hold(func() { _ = http.NewResponseController(l.w).SetWriteDeadline(time.Unix(1, 0)) }) // all of net/http's can
	if _, ok := l.held.tryGrow(1); !ok {
		return errManyLists
	}
	l.held.whole()
	return nil
}

// release gives the place back.
func (l *listStream) release() {
	if l.held != nil {
		l.held.release()
		_ = http.NewResponseController(l.w).SetWriteDeadline(l.late) // for what net/http still holds; it has another for what is asked next
	}
}

// send sends what there is. A client of a long list that does not take it in time is none any more.
func (l *listStream) send() error {
	if l.held != nil {
		if err := l.held.awaited(); err != nil {
			return fmt.Errorf("%w: %w", errNotWritten, err)
		}
		defer l.held.whole()
		inTime := time.Now().Add(l.stall)
		if l.late.Before(inTime) {
			inTime = l.late
		}
		_ = http.NewResponseController(l.w).SetWriteDeadline(inTime)
	}
	if _, err := l.w.Write(l.piece); err != nil {
		return fmt.Errorf("%w: %w", errNotWritten, err)
	}
	l.piece = l.piece[:0]
	return nil
}
