package server

import (
	"fmt"
	"net/http"

	"attributed/store"
)

// userAttributeList is the answer of GetUserAttributes: what the generated one would
// write, but a piece at a time and by hand. For 10,000 attributes that one holds the
// whole body, twice over while it grows, which was half of all that a list allocated;
// and encoding/json takes three times as long for them.
type userAttributeList struct {
	attributes []store.UserAttribute
	memory     *listMemory // released once it is sent
}

const listPiece = 32 << 10 // bytes, after which what is ready is sent

// VisitGetUserAttributesResponse writes the answer.
func (l userAttributeList) VisitGetUserAttributesResponse(w http.ResponseWriter) error {
	defer l.memory.release()
	if err := l.memory.sending(w); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK) // the Content-Type is the envelope's
	b := make([]byte, 0, listPiece+listPiece/8)
	b = append(b, `{"results":[`...)
	for i, attribute := range l.attributes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendUserAttribute(b, attribute)
		if len(b) >= listPiece {
			if err := l.send(w, b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	return l.send(w, append(b, `],"status":"ok"}`+"\n"...))
}

// send sends a piece.
func (l userAttributeList) send(w http.ResponseWriter, piece []byte) error {
	_, err := w.Write(piece)
	if err == nil {
		err = l.memory.sent()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errNotWritten, err)
	}
	return nil
}
