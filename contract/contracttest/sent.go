package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// Requests breaks what some requests say before the real server sees it.
func Requests(w Which, change func(r *http.Request, body []byte) []byte) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				body, _ := io.ReadAll(r.Body)
				body = change(r, body)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			}
			AnswerOf(next, r).Send(rw)
		})
	}
}

// Sent breaks what is stored: the members of bodies that are sent to be.
func Sent(w Which, change func(body Object)) Layer {
	return Requests(w, func(_ *http.Request, text []byte) []byte {
		body := Unmarshal(text)
		if body == nil {
			return text
		}
		change(body)
		return Marshal(body)
	})
}

// Names breaks one text of what is stored.
func Names(member string, change func(string) string) Layer {
	return Sent(OnWrite, func(body Object) {
		if text, ok := body[member].(string); ok {
			body[member] = change(text)
		}
	})
}
