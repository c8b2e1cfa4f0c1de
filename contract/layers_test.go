package contract_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// The layers of this file keep or lose things of their own accord.

// asking is another request of whoever sent r.
func asking(r *http.Request, method, path string, body any) *http.Request {
	var text io.Reader
	if body != nil {
		text = bytes.NewReader(write(body))
	}
	other := httptest.NewRequest(method, path, text)
	other.Header.Set("Authorization", r.Header.Get("Authorization"))
	other.Header.Set("Content-Type", "application/json")
	return other
}

// forgotten answers as if some requests had been carried out, and makes sure that
// they were not.
func forgotten(w which) layer {
	return handles(w, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		if r.Method == "DELETE" {
			a := of(next, asking(r, "GET", r.URL.Path, nil))
			if a.ok() {
				a.body = []byte(`{"status":"ok"}`)
			}
			a.send(rw)
			return
		}
		was := of(next, asking(r, "GET", r.URL.Path, nil))
		a := of(next, r)
		switch {
		case !a.ok():
		case onCreate(r):
			id := parse(a.body)["results"].(object)["uuid"].(string)
			of(next, asking(r, "DELETE", r.URL.Path+"/"+id, nil))
		case onUpdate(r):
			of(next, asking(r, "PUT", r.URL.Path, parse(was.body)["results"]))
		default:
			of(next, asking(r, "DELETE", r.URL.Path, nil))
		}
		a.send(rw)
	})
}

// stale stores updates but for one member, and answers as if it had that too.
func stale(member string) layer {
	return handles(onUpdate, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		was := of(next, asking(r, "GET", r.URL.Path, nil))
		a := of(next, r)
		if a.ok() {
			now := parse(a.body)["results"].(object)
			now[member] = parse(was.body)["results"].(object)[member]
			if now[member] == nil && member == "description" {
				now[member] = ""
			}
			of(next, asking(r, "PUT", r.URL.Path, now))
		}
		a.send(rw)
	})
}

// alsoRemoves takes with each thing that is removed the oldest.
func alsoRemoves(w which) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if w(r) && a.ok() {
				all := parse(of(next, asking(r, "GET", "/api/v1/org/attributes", nil)).body)["results"].([]any)
				if len(all) > 0 {
					oldest := all[len(all)-1].(object)["uuid"].(string)
					of(next, asking(r, "DELETE", "/api/v1/org/attributes/"+oldest, nil))
				}
			}
			a.send(rw)
		})
	}
}

// before sends the real server a good request of its own before some, as if the
// body had not been looked at as a whole.
func before(w which, own func(body object) object) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(text))
				if body := own(parse(text)); body != nil {
					of(next, asking(r, r.Method, r.URL.Path, body))
				}
			}
			next.ServeHTTP(rw, r)
		})
	}
}

// lagging answers a list as it was some requests ago.
func lagging(by int) layer {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		var kept []*response
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if onList(r) && a.ok() {
				mu.Lock()
				kept = append(kept, a)
				a = kept[max(0, len(kept)-1-by)]
				mu.Unlock()
			}
			a.send(rw)
		})
	}
}

// listed breaks the list where there is anything in it.
func listed(change func(all []any) []any) layer { return listedAt(onList, change) }

func listedAt(w which, change func(all []any) []any) layer {
	return bodies(w, func(body object) {
		if all, ok := body["results"].([]any); ok && len(all) > 0 {
			body["results"] = change(slices.Clone(all))
		}
	})
}

// page breaks the elements of a list that has pages.
func page(w which, change func(data []any) []any) layer { return pageWhere(w, "", change) }

func pageWhere(w which, query string, change func(data []any) []any) layer {
	return bodies(func(r *http.Request) bool { return w(r) && (query == "" || r.URL.RawQuery == query) }, func(body object) {
		results := body["results"].(object)
		if data, ok := results["data"].([]any); ok && len(data) > 0 {
			results["data"] = change(slices.Clone(data))
		}
	})
}

// firstSeen lists each thing as it was when it was first listed.
func firstSeen() layer {
	return func(next http.Handler) http.Handler {
		seen := map[string]any{}
		return listed(func(all []any) []any {
			for i, element := range all {
				id := element.(object)["uuid"].(string)
				if seen[id] == nil {
					seen[id] = element
				}
				all[i] = seen[id]
			}
			return all
		})(next)
	}
}
