package server

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"attributed/gen"
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

// What the encoder below writes, member by member. Like the structs of wire.go these
// compile only while they are all that the spec has: what it gains must be written here
// too.
var (
	_ = struct { // the envelope
		Results []gen.UserAttribute
		Status  gen.ApiUserAttributesResponseStatus
	}(gen.ApiUserAttributesResponse{})
	_ = struct {
		AttributeDefault  *string
		AttributeDefaults *[]string
		CreatedAt         string
		Description       *string
		Groups            []gen.GroupAttributeValue
		Name              string
		OrganizationUuid  string
		Users             []gen.UserAttributeValue
		Uuid              string
	}(gen.UserAttribute{})
	_ = struct {
		GroupUuid, Value string
		Values           []string
	}(gen.GroupAttributeValue{})
	_ = struct {
		Email, UserUuid, Value string
		Values                 []string
	}(gen.UserAttributeValue{})
)

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

// appendUserAttribute appends what userAttributeFrom makes of a, as JSON and in the same
// order. A test holds the two against each other.
func appendUserAttribute(b []byte, a store.UserAttribute) []byte {
	if a.Defaults != nil {
		b = appendValues(b, `{"attributeDefault":`, `,"attributeDefaults":`, a.Defaults)
	} else {
		b = append(b, `{"attributeDefault":null,"attributeDefaults":null`...)
	}
	b = appendPlainMember(b, `,"createdAt":`, timeFrom(a.CreatedAt))
	if a.Description != nil && *a.Description != "" {
		b = appendMember(b, `,"description":`, *a.Description)
	}
	opening := `,"groups":[{"groupUuid":`
	for _, group := range a.Groups {
		b = appendPlainMember(b, opening, group.GroupUUID)
		b = appendValues(b, `,"value":`, `,"values":`, group.Values)
		opening = `},{"groupUuid":`
	}
	b = append(b, closing(a.Groups, `,"groups":[]`)...)
	b = appendMember(b, `,"name":`, a.Name)
	b = appendPlainMember(b, `,"organizationUuid":`, a.OrganizationUUID)
	opening = `,"users":[{"email":`
	for _, user := range a.Users {
		b = appendMember(b, opening, user.Email)
		b = appendPlainMember(b, `,"userUuid":`, user.UserUUID)
		b = appendValues(b, `,"value":`, `,"values":`, user.Values)
		opening = `},{"email":`
	}
	b = append(b, closing(a.Users, `,"users":[]`)...)
	b = appendPlainMember(b, `,"uuid":`, a.UUID)
	return append(b, '}')
}

// closing returns the end of a list whose elements are written, or the whole of an empty one.
func closing[V any](list []V, empty string) string {
	if len(list) == 0 {
		return empty
	}
	return `}]`
}

// appendMember appends a member's value as a JSON string, behind its name and what
// stands before it.
func appendMember(b []byte, name, value string) []byte {
	b, _ = jsontext.AppendQuote(append(b, name...), value) // the error tells of bytes that are not UTF-8, now U+FFFD
	return b
}

// appendValues appends the first of values as the member one, and all as the member several. What
// is quoted for the one is not quoted again: most have one value, and a list is a tenth faster so.
func appendValues(b []byte, one, several string, values []string) []byte {
	b = append(b, one...)
	from := len(b)
	b = appendMember(b, "", first(values))
	quoted := b[from:]
	b = append(append(b, several...), '[')
	if len(values) > 0 {
		b = append(b, quoted...)
		for _, value := range values[1:] {
			b = appendMember(b, ",", value)
		}
	}
	return append(b, ']')
}

// appendPlainMember is for a uuid as the store makes it, or a time: they hold nothing that
// JSON quotes, and not to look for it makes a list a twentieth faster.
func appendPlainMember(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, '"')
	b = append(b, value...)
	return append(b, '"')
}
