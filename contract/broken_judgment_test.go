package contract_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"attributed/contract"
	"attributed/store"
)

// brokenJudgments take what they must refuse, refuse what they must take, fail where
// they must refuse, or let in whom they must not.
var brokenJudgments = []broken{
	{"a missing property taken for null", contract.FaultAccepted, sent(onCreate, func(b object) {
		if _, ok := b["attributeDefault"]; !ok {
			b["attributeDefault"] = nil
		}
	})},
	{"missing arrays taken for empty ones, in updates", contract.FaultAccepted, sent(onUpdate, func(b object) {
		for _, name := range []string{"users", "groups"} {
			if _, ok := b[name]; !ok {
				b[name] = []any{}
			}
		}
	})},
	{"a number taken for a text", contract.FaultAccepted, sent(onCreate, func(b object) {
		if _, ok := b["name"].(string); !ok && b["name"] != nil {
			b["name"] = string(write(b["name"])) + string(write(b["users"]))[:9]
		}
	})},
	{"null taken for no description", contract.FaultAccepted, sent(onWrite, func(b object) {
		if d, ok := b["description"]; ok && d == nil {
			delete(b, "description")
		}
	})},
	{"a name too long, cut", contract.FaultAccepted, sent(onCreate, func(b object) { b["name"] = cutTo(b["name"], 255) })},
	{"a description too long, cut", contract.FaultAccepted, sent(onUpdate, func(b object) {
		if b["description"] != nil {
			b["description"] = cutTo(b["description"], 255)
		}
	})},
	{"an empty name", contract.FaultAccepted, sent(onCreate, func(b object) {
		if b["name"] == "" {
			b["name"] = "unnamed"
		}
	})},
	{"an unknown user, left out", contract.FaultAccepted, sent(onWrite, func(b object) { b["users"] = knownOnly(b["users"]) })},
	{"malformed JSON", contract.FaultAccepted, requests(onCreate, func(_ *http.Request, b []byte) []byte {
		if parse(b) == nil {
			return []byte(`{"name":"malformed","attributeDefault":null,"users":[],"groups":[]}`)
		}
		return b
	})},
	{"a body of another content type", contract.FaultAccepted, requests(onUpdate, func(r *http.Request, b []byte) []byte {
		r.Header.Set("Content-Type", "application/json")
		return b
	})},
	{"only the first of the users looked at", contract.FaultAccepted, sent(onCreate, laterOnes("users", func(user object) {
		if _, ok := user["value"].(string); !ok {
			user["value"] = "any"
		}
	}))},
	{"only the first of the groups looked at, in updates", contract.FaultAccepted, sent(onUpdate, laterOnes("groups", func(group object) {
		group["value"] = cutTo(group["value"], 255)
	}))},
	{"JSON sent as text", contract.FaultAccepted, jsonSentAs("text/plain")},
	{"JSON sent as a form", contract.FaultAccepted, jsonSentAs("application/x-www-form-urlencoded")},
	{"a page below the first", contract.FaultAccepted, requests(on("GET", "users"), func(r *http.Request, b []byte) []byte {
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "page=-1", "page=1")
		return b
	})},
	{"an unknown id, removed", contract.FaultAccepted, errorsOf(onRemove, func(a *response) {
		if a.status == 404 {
			a.status, a.body = 200, []byte(`{"status":"ok"}`)
		}
	})},
	{"what is removed already, removed", contract.FaultAccepted, takesRemoved(onRemove)},
	{"what is removed already, updated", contract.FaultAccepted, takesRemoved(onUpdate)},
	{"an id that is none, read", contract.FaultAccepted, answers(on("GET", "attributes/no.*"), func(a *response) {
		a.status, a.body = 200, []byte(`{"status":"ok","results":{"uuid":"x","name":"x","createdAt":"2026-11-24T15:17:27Z","organizationUuid":"x","attributeDefault":null,"users":[],"groups":[]}}`)
		header("ETag", `"x"`)(a)
	})},
	{"names unique, but for those that are not plain", contract.FaultAccepted, freesNames(onCreate, func(name string) bool { return strings.ContainsFunc(name, func(c rune) bool { return c > 0xffff }) })},
	{"names unique, but in updates", contract.FaultAccepted, freesNames(onUpdate, func(string) bool { return true })},
	{"every method", contract.FaultAccepted, errorsOf(on("PATCH", ".*"), func(a *response) { a.status, a.body = 200, []byte(`{"status":"ok"}`) })},

	{"an empty default refused", contract.ValidRefused, refuses(onCreate, func(b object) bool { return b["attributeDefault"] == "" })},
	{"null as the default refused", contract.ValidRefused, refuses(onUpdate, func(b object) bool { return b["attributeDefault"] == nil })},
	{"characters beyond the basic plane refused", contract.ValidRefused, refuses(onWrite, func(b object) bool {
		name, _ := b["name"].(string)
		return strings.ContainsFunc(name, func(c rune) bool { return c > 0xffff })
	})},
	{"unknown properties refused", contract.ValidRefused, refuses(onCreate, func(b object) bool { return b["xUnknown"] != nil })},
	{"the longest name refused", contract.ValidRefused, refuses(onCreate, func(b object) bool {
		name, _ := b["name"].(string)
		return utf8.RuneCountInString(name) == 255
	})},
	{"a name of many bytes refused", contract.ValidRefused, refuses(onCreate, func(b object) bool {
		name, _ := b["name"].(string)
		return len(name) > 255 && utf8.RuneCountInString(name) <= 255
	})},
	{"an absent description refused", contract.ValidRefused, refuses(onUpdate, func(b object) bool { return b["description"] == nil })},
	{"no users refused", contract.ValidRefused, refuses(onCreate, func(b object) bool { users, ok := b["users"].([]any); return ok && len(users) == 0 })},
	{"every 9th good create refused", contract.ValidRefused, refuses(every(9, onCreate), func(object) bool { return true })},
	{"a conflict with nothing", contract.ValidRefused, instead(func(r *http.Request) *response {
		if onUpdate(r) && r.ContentLength > 900 {
			return refusal(409)
		}
		return nil
	})},
	{"a good token refused, now and then", contract.ValidRefused, func(next http.Handler) http.Handler {
		now := every(15, onAll)
		return instead(func(r *http.Request) *response {
			if now(r) {
				return refusal(401)
			}
			return nil
		})(next)
	}},

	{"500 to malformed JSON", contract.ServerError, fails(onCreate, func(a *response) bool { return a.status == 400 })},
	{"500 to an unknown user", contract.ServerError, fails(onAll, saying("is not a user"))},
	{"500 to a name taken", contract.ServerError, fails(onCreate, func(a *response) bool { return a.status == 409 })},
	{"500 to a name too long", contract.ServerError, fails(onUpdate, saying("at most 255"))},
	{"500 to U+0000", contract.ServerError, fails(onAll, saying("U+0000"))},
	{"500 to an id that is none", contract.ServerError, fails(on("GET", "attributes/no.*"), func(a *response) bool { return a.status == 404 })},
	{"500 to a content type", contract.ServerError, fails(onAll, func(a *response) bool { return a.status == 415 })},
	{"500 to no token", contract.ServerError, fails(onRemove, func(a *response) bool { return a.status == 401 })},
	{"500 to many levels", contract.ServerError, fails(onCreate, saying("nests deeper"))},
	{"500 to the same user twice", contract.ServerError, fails(onAll, saying("second time"))},
	{"500 to a second removal", contract.ServerError, fails(onRemove, func(a *response) bool { return a.status == 404 })},
	{"503 to every 25th request", contract.ServerError, func(next http.Handler) http.Handler {
		now := every(25, onAll)
		return instead(func(r *http.Request) *response {
			if now(r) {
				return refusal(503)
			}
			return nil
		})(next)
	}},

	{"no token needed", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool { return given == "" })},
	{"no token needed for a removal", contract.TokenUnchecked, tokens(onRemove, func(given, good string) bool { return given == "" })},
	{"any token does", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool { return given != "" })},
	{"any token does for an update", contract.TokenUnchecked, tokens(onUpdate, func(given, good string) bool { return given != "" })},
	{"the last character of a token not looked at", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool {
		return len(given) == len(good) && given[:len(given)-1] == good[:len(good)-1]
	})},
	{"what follows a token not looked at", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool { return strings.HasPrefix(given, good) })},
	{"a part of a token does", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool { return len(given) > 20 && strings.HasPrefix(good, given) })},
	{"the scheme of a token not looked at", contract.TokenUnchecked, tokens(onAll, func(given, good string) bool {
		_, token, _ := strings.Cut(given, " ")
		_, is, _ := strings.Cut(good, " ")
		return token == is
	})},
	{"the case of a token not looked at", contract.TokenUnchecked, tokens(onAll, strings.EqualFold)},
	{"one person's values shown without a token", contract.TokenUnchecked, tokens(onView, func(given, good string) bool { return given == "" })},
}

// freesNames takes some requests with a name that is taken: it changes the name until the answer.
func freesNames(w which, test func(name string) bool) layer {
	return handles(w, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		a := of(next, r)
		body := parse(text)
		if name, ok := body["name"].(string); a.status == http.StatusConflict && ok && test(name) {
			body["name"] = "another"
			a = of(next, asking(r, r.Method, r.URL.Path, body))
			a.body = bytes.ReplaceAll(a.body, []byte(`"another"`), write(name))
		}
		a.send(rw)
	})
}

// takesRemoved answers some requests about what was removed as if all were well.
func takesRemoved(w which) layer {
	return func(next http.Handler) http.Handler {
		removed := map[string]bool{}
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := of(next, r)
			if w(r) && a.status == 404 && removed[r.URL.Path] {
				a.status, a.body = 200, []byte(`{"status":"ok"}`)
			}
			removed[r.URL.Path] = removed[r.URL.Path] || onRemove(r) && a.ok()
			a.send(rw)
		})
	}
}

// laterOnes mends what stands in all elements of an array but the first.
func laterOnes(member string, mend func(object)) func(object) {
	return func(body object) {
		list, _ := body[member].([]any)
		for _, element := range list[min(len(list), 1):] {
			if element, ok := element.(object); ok {
				mend(element)
			}
		}
	}
}

func jsonSentAs(contentType string) layer {
	return requests(onWrite, func(r *http.Request, b []byte) []byte {
		if r.Header.Get("Content-Type") == contentType {
			r.Header.Set("Content-Type", "application/json")
		}
		return b
	})
}

func cutTo(value any, n int) any {
	text, ok := value.(string)
	if runes := []rune(text); ok && len(runes) > n {
		return string(runes[:n])
	}
	return value
}

func knownOnly(value any) any {
	list, ok := value.([]any)
	if !ok {
		return value
	}
	kept := []any{}
	for _, element := range list {
		user, ok := element.(object)
		if id, isText := user["userUuid"].(string); ok && isText && !strings.Contains(store.DemoUserUUID+store.DemoEditorUUID+store.DemoViewerUUID, id) {
			continue
		}
		kept = append(kept, element)
	}
	return kept
}

// tokens lets requests in whose token the test is content with: the layer knows the
// good one from the first request.
func tokens(w which, test func(given, good string) bool) layer {
	return func(next http.Handler) http.Handler {
		good := ""
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			given := r.Header.Get("Authorization")
			if good == "" {
				good = given
			}
			if given != good && w(r) && test(given, good) {
				r.Header.Set("Authorization", good)
			}
			of(next, r).send(rw)
		})
	}
}
