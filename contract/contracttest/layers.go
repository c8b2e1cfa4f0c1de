// Package contracttest has a healthy server, layers that break what it answers or stores in one
// way each, and what a test needs to have such servers checked.
package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Layer stands before a real server and breaks one thing.
type Layer func(next http.Handler) http.Handler

// Forgotten answers as if some requests had been carried out, and makes sure that
// they were not.
func Forgotten(w Which) Layer {
	return Handles(w, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		if r.Method == "DELETE" {
			a := AnswerOf(next, Asking(r, "GET", r.URL.Path, nil))
			if a.OK() {
				a.Body = []byte(`{"status":"ok"}`)
			}
			a.Send(rw)
			return
		}
		was := AnswerOf(next, Asking(r, "GET", r.URL.Path, nil))
		a := AnswerOf(next, r)
		switch {
		case !a.OK():
		case OnCreate(r):
			id := Unmarshal(a.Body)["results"].(Object)["uuid"].(string)
			AnswerOf(next, Asking(r, "DELETE", r.URL.Path+"/"+id, nil))
		case OnUpdate(r):
			AnswerOf(next, Asking(r, "PUT", r.URL.Path, Unmarshal(was.Body)["results"]))
		default:
			AnswerOf(next, Asking(r, "DELETE", r.URL.Path, nil))
		}
		a.Send(rw)
	})
}

// Stale stores updates but for one member, and answers as if it had that too.
func Stale(member string) Layer {
	return Handles(OnUpdate, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		was := AnswerOf(next, Asking(r, "GET", r.URL.Path, nil))
		a := AnswerOf(next, r)
		if a.OK() {
			now := Unmarshal(a.Body)["results"].(Object)
			for _, form := range []string{member, member + "s"} { // of what has a newer form beside it, both
				if was, there := Unmarshal(was.Body)["results"].(Object)[form]; there || form == member {
					now[form] = was
				}
			}
			if now[member] == nil && member == "description" {
				now[member] = ""
			}
			AnswerOf(next, Asking(r, "PUT", r.URL.Path, now))
		}
		a.Send(rw)
	})
}

// AlsoRemoves takes with each thing that is removed the oldest.
func AlsoRemoves(w Which) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if w(r) && a.OK() {
				all := Unmarshal(AnswerOf(next, Asking(r, "GET", "/api/v1/org/attributes", nil)).Body)["results"].([]any)
				if len(all) > 0 {
					oldest := all[len(all)-1].(Object)["uuid"].(string)
					AnswerOf(next, Asking(r, "DELETE", "/api/v1/org/attributes/"+oldest, nil))
				}
			}
			a.Send(rw)
		})
	}
}

// Before sends the real server a good request of its own before some, as if the
// body had not been looked at as a whole.
func Before(w Which, own func(body Object) Object) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(text))
				if body := own(Unmarshal(text)); body != nil {
					AnswerOf(next, Asking(r, r.Method, r.URL.Path, body))
				}
			}
			next.ServeHTTP(rw, r)
		})
	}
}

// Lagging answers a list as it was some requests ago.
func Lagging(by int) Layer {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		var kept []*Response
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if OnList(r) && a.OK() {
				mu.Lock()
				kept = append(kept, a)
				a = kept[max(0, len(kept)-1-by)]
				mu.Unlock()
			}
			a.Send(rw)
		})
	}
}

// Listed breaks the list where there is anything in it.
func Listed(change func(all []any) []any) Layer { return ListedAt(OnList, change) }

// ListedAt breaks a list that is the results of some requests.
func ListedAt(w Which, change func(all []any) []any) Layer {
	return Bodies(w, func(body Object) {
		if all, ok := body["results"].([]any); ok && len(all) > 0 {
			body["results"] = change(slices.Clone(all))
		}
	})
}

// Page breaks the elements of a list that has pages.
func Page(w Which, change func(data []any) []any) Layer { return PageWhere(w, "", change) }

// PageWhere is Page where the query is a text.
func PageWhere(w Which, query string, change func(data []any) []any) Layer {
	return Bodies(func(r *http.Request) bool { return w(r) && (query == "" || r.URL.RawQuery == query) }, func(body Object) {
		results := body["results"].(Object)
		if data, ok := results["data"].([]any); ok && len(data) > 0 {
			results["data"] = change(slices.Clone(data))
		}
	})
}

// FirstSeen lists each thing as it was when it was first listed.
func FirstSeen() Layer {
	return func(next http.Handler) http.Handler {
		seen := map[string]any{}
		return Listed(func(all []any) []any {
			for i, element := range all {
				id := element.(Object)["uuid"].(string)
				if seen[id] == nil {
					seen[id] = element
				}
				all[i] = seen[id]
			}
			return all
		})(next)
	}
}

// Answers breaks the answers to some requests.
func Answers(w Which, change func(a *Response)) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if w(r) {
				change(a)
			}
			a.Send(rw)
		})
	}
}

// Successes breaks the answers that say that all went well.
func Successes(w Which, change func(a *Response)) Layer {
	return Answers(w, func(a *Response) {
		if a.OK() {
			change(a)
		}
	})
}

// ErrorsOf breaks the answers that say that something went wrong.
func ErrorsOf(w Which, change func(a *Response)) Layer {
	return Answers(w, func(a *Response) {
		if a.Status >= 400 {
			change(a)
		}
	})
}

// Bodies breaks what stands in the bodies of good answers.
func Bodies(w Which, change func(body Object)) Layer {
	return Successes(w, func(a *Response) {
		if body := Unmarshal(a.Body); body != nil {
			change(body)
			a.Body = Marshal(body)
		}
	})
}

// Things breaks each attribute in good answers.
func Things(w Which, change func(thing Object)) Layer {
	return Bodies(w, func(body Object) {
		switch results := body["results"].(type) {
		case Object:
			change(results)
		case []any:
			for _, thing := range results {
				change(thing.(Object))
			}
		}
	})
}

// Refuses refuses good requests whose body passes the test.
func Refuses(w Which, test func(body Object) bool) Layer {
	return Instead(func(r *http.Request) *Response {
		if !w(r) {
			return nil
		}
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		if body := Unmarshal(text); body == nil || !test(body) {
			return nil
		}
		return Refusal(422)
	})
}

// Instead answers in place of the real server, where it has an answer.
func Instead(answer func(r *http.Request) *Response) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := answer(r)
			if a == nil {
				a = AnswerOf(next, r)
			}
			a.Send(w)
		})
	}
}

// Handles takes some requests from the real server.
func Handles(w Which, handle func(next http.Handler, rw http.ResponseWriter, r *http.Request)) Layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w(r) {
				handle(next, rw, r)
			} else {
				next.ServeHTTP(rw, r)
			}
		})
	}
}

// Fails answers 500 where the real server's answer passes the test.
func Fails(w Which, test func(a *Response) bool) Layer {
	return Answers(w, func(a *Response) {
		if test(a) {
			*a = *Refusal(500)
		}
	})
}

// Saying tests for a text in an answer's body.
func Saying(text string) func(a *Response) bool {
	return func(a *Response) bool { return !a.OK() && strings.Contains(string(a.Body), text) }
}
