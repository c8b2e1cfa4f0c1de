package contracttest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Raw answers with bytes and a length of one's own.
func Raw(w Which, change func(a *Response) (length int, body []byte)) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if !w(r) || !a.OK() {
				a.Send(rw)
				return
			}
			length, body := change(a)
			connection, _, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", a.Header.Get("ETag"), length, body)
		})
	}
}

// Cut carries a request out and cuts the connection.
func Cut(w Which) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if w(r) {
				panic(http.ErrAbortHandler)
			}
			a.Send(rw)
		})
	}
}

// Stuck does not answer as long as the client waits.
func Stuck(w Which) Layer {
	return Handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then is the client's end noticed
		<-r.Context().Done()
	})
}

// StuckBody begins a body and does not go on.
func StuckBody(w Which) Layer {
	return Handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{"status":"ok",`)
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	})
}

// Endless answers with a body that has no end.
func Endless(w Which) Layer {
	return Handles(w, func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{"status":"ok","results":{"data":[`)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(rw, strings.Repeat("{},", 10_000)); err != nil {
				return
			}
		}
	})
}
