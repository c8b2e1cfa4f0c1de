package contracttest

import "net/http"

// Set sets a member.
func Set(member string, value any) func(Object) { return func(o Object) { o[member] = value } }

// Without drops a member.
func Without(member string) func(Object) { return func(o Object) { delete(o, member) } }

// First changes the first element of a member that is a list.
func First(member string, change func(Object)) func(Object) {
	return func(o Object) {
		if list, ok := o[member].([]any); ok && len(list) > 0 {
			change(list[0].(Object))
		}
	}
}

// Header sets a header; without values it has none.
func Header(name string, values ...string) func(*Response) {
	return func(a *Response) { a.Header[http.CanonicalHeaderKey(name)] = values }
}

// Status sets the status.
func Status(code int) func(*Response) { return func(a *Response) { a.Status = code } }

// Body replaces the body.
func Body(text string) func(*Response) { return func(a *Response) { a.Body = []byte(text) } }
