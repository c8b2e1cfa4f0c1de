package server

import (
	"net/http"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"attributed/gen"
	"attributed/store"
)

// userAttributeAnswer is the answer of each operation that tells one attribute, with its version.
// It is written by hand, as a list is: the generated answers would write the attribute twice,
// since the version is a hash of it.
type userAttributeAnswer struct{ attribute store.UserAttribute }

// VisitCreateUserAttributeResponse writes the answer.
func (a userAttributeAnswer) VisitCreateUserAttributeResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitGetUserAttributeResponse writes the answer.
func (a userAttributeAnswer) VisitGetUserAttributeResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitUpdateUserAttributeResponse writes the answer.
func (a userAttributeAnswer) VisitUpdateUserAttributeResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitSetUserAttributeUserValueResponse writes the answer.
func (a userAttributeAnswer) VisitSetUserAttributeUserValueResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitSetUserAttributeGroupValueResponse writes the answer.
func (a userAttributeAnswer) VisitSetUserAttributeGroupValueResponse(w http.ResponseWriter) error {
	return a.write(w)
}

func (a userAttributeAnswer) write(w http.ResponseWriter) error {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	b := append((*room)[:0], `{"results":`...)
	from := len(b)
	b = appendUserAttribute(b, a.attribute)
	w.Header().Set("ETag", entityTag(b[from:]))
	w.WriteHeader(http.StatusOK) // the Content-Type is the envelope's
	b = append(b, `,"status":"ok"}`+"\n"...)
	*room = keptRoom(b)
	_, err := w.Write(b)
	return err
}

// rooms are what answers are encoded in: whoever is given one to write has taken what it says before it returns.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// keptRoom is b, unless it is so much that it should not be kept for others.
func keptRoom(b []byte) []byte {
	if cap(b) > 64<<10 {
		return nil
	}
	return b
}

// roomFor returns memory that an attribute and its envelope mostly fit in.
func roomFor(a store.UserAttribute) []byte {
	return make([]byte, 0, 512+160*(len(a.Users)+len(a.Groups)))
}

// What is written below, member by member. Like the structs of wire.go these compile only
// while they are all that the spec has: what it gains must be written here too.
var (
	_ = struct { // a list's envelope
		Results []gen.UserAttribute
		Status  gen.ApiUserAttributesResponseStatus
	}(gen.ApiUserAttributesResponse{})
	_ = struct { // that of one
		Results gen.UserAttribute
		Status  gen.ApiCreateUserAttributeResponseStatus
	}(gen.ApiCreateUserAttributeResponse{})
	_ = changeHeaders(gen.CreateUserAttribute200ResponseHeaders{})
	_ = versionHeaders(gen.GetUserAttribute200ResponseHeaders{})
	_ = changeHeaders(gen.UpdateUserAttribute200ResponseHeaders{})
	_ = changeHeaders(gen.SetUserAttributeUserValue200ResponseHeaders{})
	_ = changeHeaders(gen.SetUserAttributeGroupValue200ResponseHeaders{})
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

// appendUserAttribute appends a as the spec's UserAttribute. A test holds it against what the
// generated code makes of one.
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
