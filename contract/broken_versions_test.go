package contract_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// brokenVersions get versions, conditions and keys wrong, or what they tell of a page.
var brokenVersions = []broken{
	{"an ETag of the name alone", report.Precondition, ownTags(func(o Object) any { return o["name"] })},
	{"an ETag that values do not change", report.Precondition, ownTags(func(o Object) any {
		return []any{o["name"], o["attributeDefault"], o["description"]}
	})},
	{"one ETag for all lists", report.Precondition, Successes(OnList, Header("ETag", `"list"`))},
	{"one ETag for all of one person's values", report.Precondition, Successes(OnView, Header("ETag", `"view"`))},
	{"304 to whoever has no version", report.Precondition, Successes(OnGet, func(a *Response) { a.Status, a.Body = http.StatusNotModified, nil })},
	{"304 to whoever has any version", report.Precondition, Handles(OnRead, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		has := r.Header.Get("If-None-Match") != ""
		r.Header.Del("If-None-Match")
		a := AnswerOf(next, r)
		if has && a.OK() {
			a.Status, a.Body = http.StatusNotModified, nil
		}
		a.Send(rw)
	})},
	{"conditions of values that nobody looks at", report.Precondition, without("If-Match", onParts)},
	{"conditions of removals that nobody looks at", report.Precondition, without("If-Match", OnRemove)},
	{"an Idempotency-Key that means nothing to updates", report.Idempotency, without("Idempotency-Key", OnUpdate)},
	{"an Idempotency-Key that means nothing to values", report.Idempotency, without("Idempotency-Key", onParts)},

	{"the first page, whichever was asked for", report.List, paged("page", 1)},
	{"pages from zero", report.List, paged("page", 0)},
	{"another page size than asked for", report.List, paged("pageSize", 50)},
	{"another number of pages than there are", report.List, paged("totalPageCount", 1)},
}

// onParts are the changes of one value and of many.
var onParts = On("", "attributes/"+UUIDPattern+"/(users/.*|groups/.*|values)")

// without leaves a header of some requests unread.
func without(header string, w Which) Layer {
	return Handles(w, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		r.Header.Del(header)
		next.ServeHTTP(rw, r)
	})
}

// paged tells another number of each page of people.
func paged(name string, number int) Layer {
	return Bodies(On("GET", "users"), func(b Object) {
		if told, ok := b["results"].(Object)["pagination"].(Object); ok {
			told[name] = number
		}
	})
}

// ownTags has versions of its own for each thing, made of a part of it, and keeps to them.
func ownTags(part func(thing Object) any) Layer {
	return func(next http.Handler) http.Handler {
		tag := func(a *Response) string {
			thing, _ := Unmarshal(a.Body)["results"].(Object)
			if !a.OK() || thing["uuid"] == nil {
				return ""
			}
			return fmt.Sprintf(`"%x"`, sha256.Sum256(Marshal(part(thing))))
		}
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			segments := strings.Split(r.URL.Path, "/")
			for _, header := range []string{"If-Match", "If-None-Match"} {
				if len(segments) < 6 || r.Header.Get(header) == "" {
					continue
				}
				if is := AnswerOf(next, Asking(r, "GET", strings.Join(segments[:6], "/"), nil)); tag(is) == r.Header.Get(header) {
					r.Header.Set(header, is.Header.Get("ETag"))
				}
			}
			a := AnswerOf(next, r)
			if own := tag(a); own != "" {
				a.Header.Set("ETag", own)
			}
			a.Send(rw)
		})
	}
}
