package contract_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	. "attributed/contract/contracttest"
	"attributed/contract/report"
	"attributed/store"
)

// brokenJudgments take what they must refuse, refuse what they must take, fail where
// they must refuse, or let in whom they must not.
var brokenJudgments = []broken{
	{"an Idempotency-Key that means nothing", report.Idempotency, Handles(OnCreate, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		r.Header.Del("Idempotency-Key")
		next.ServeHTTP(rw, r)
	})},
	{"an Idempotency-Key that stands for whatever comes with it", report.Idempotency, answersByKey()},

	{"a missing property taken for null", report.FaultAccepted, Sent(OnCreate, func(b Object) {
		if _, ok := b["attributeDefault"]; !ok {
			b["attributeDefault"] = nil
		}
	})},
	{"missing arrays taken for empty ones, in updates", report.FaultAccepted, Sent(OnUpdate, func(b Object) {
		for _, name := range []string{"users", "groups"} {
			if _, ok := b[name]; !ok {
				b[name] = []any{}
			}
		}
	})},
	{"names of members in any case", report.FaultAccepted, Sent(OnWrite, func(b Object) {
		for name, value := range b {
			if small := strings.ToLower(name); b[small] == nil {
				b[small] = value
			}
		}
	})},
	{"a number taken for a text", report.FaultAccepted, Sent(OnCreate, func(b Object) {
		if _, ok := b["name"].(string); !ok && b["name"] != nil {
			b["name"] = string(Marshal(b["name"])) + string(Marshal(b["users"]))[:9]
		}
	})},
	{"null taken for no description", report.FaultAccepted, Sent(OnWrite, func(b Object) {
		if d, ok := b["description"]; ok && d == nil {
			delete(b, "description")
		}
	})},
	{"a name too long, cut", report.FaultAccepted, Sent(OnCreate, func(b Object) { b["name"] = cutTo(b["name"], 255) })},
	{"a description too long, cut", report.FaultAccepted, Sent(OnUpdate, func(b Object) {
		if b["description"] != nil {
			b["description"] = cutTo(b["description"], 255)
		}
	})},
	{"an empty name", report.FaultAccepted, Sent(OnCreate, func(b Object) {
		if b["name"] == "" {
			b["name"] = "unnamed"
		}
	})},
	{"an unknown user, left out", report.FaultAccepted, Sent(OnWrite, func(b Object) { b["users"] = knownOnly(b["users"]) })},
	{"malformed JSON", report.FaultAccepted, Requests(OnCreate, func(_ *http.Request, b []byte) []byte {
		if Unmarshal(b) == nil {
			return []byte(`{"name":"malformed","attributeDefault":null,"users":[],"groups":[]}`)
		}
		return b
	})},
	{"a body of another content type", report.FaultAccepted, Requests(OnUpdate, func(r *http.Request, b []byte) []byte {
		r.Header.Set("Content-Type", "application/json")
		return b
	})},
	{"only the first of the users looked at", report.FaultAccepted, Sent(OnCreate, laterOnes("users", func(user Object) {
		if _, ok := user["value"].(string); !ok {
			user["value"] = "any"
		}
	}))},
	{"only the first of the groups looked at, in updates", report.FaultAccepted, Sent(OnUpdate, laterOnes("groups", func(group Object) {
		group["value"] = cutTo(group["value"], 255)
	}))},
	{"JSON sent as text", report.FaultAccepted, jsonSentAs("text/plain")},
	{"JSON sent as a form", report.FaultAccepted, jsonSentAs("application/x-www-form-urlencoded")},
	{"a page below the first", report.FaultAccepted, Requests(On("GET", "users"), func(r *http.Request, b []byte) []byte {
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "page=-1", "page=1")
		return b
	})},
	{"an unknown id, removed", report.FaultAccepted, ErrorsOf(OnRemove, func(a *Response) {
		if a.Status == 404 {
			a.Status, a.Body = 200, []byte(`{"status":"ok"}`)
		}
	})},
	{"what is removed already, removed", report.FaultAccepted, takesRemoved(OnRemove)},
	{"what is removed already, updated", report.FaultAccepted, takesRemoved(OnUpdate)},
	{"an id that is none, read", report.FaultAccepted, Answers(On("GET", "attributes/no.*"), func(a *Response) {
		a.Status, a.Body = 200, []byte(`{"status":"ok","results":{"uuid":"x","name":"x","createdAt":"2026-11-24T15:17:27Z","organizationUuid":"x","attributeDefault":null,"attributeDefaults":null,"users":[],"groups":[]}}`)
		Header("ETag", `"x"`)(a)
	})},
	{"names unique, but for those that are not plain", report.FaultAccepted, freesNames(OnCreate, func(name string) bool { return strings.ContainsFunc(name, func(c rune) bool { return c > 0xffff }) })},
	{"names unique, but in updates", report.FaultAccepted, freesNames(OnUpdate, func(string) bool { return true })},
	{"every method", report.FaultAccepted, ErrorsOf(On("PATCH", ".*"), func(a *Response) { a.Status, a.Body = 200, []byte(`{"status":"ok"}`) })},

	{"an empty default refused", report.ValidRefused, Refuses(OnCreate, func(b Object) bool { return b["attributeDefault"] == "" })},
	{"null as the default refused", report.ValidRefused, Refuses(OnUpdate, func(b Object) bool { return b["attributeDefault"] == nil })},
	{"characters beyond the basic plane refused", report.ValidRefused, Refuses(OnWrite, func(b Object) bool {
		name, _ := b["name"].(string)
		return strings.ContainsFunc(name, func(c rune) bool { return c > 0xffff })
	})},
	{"unknown properties refused", report.ValidRefused, Refuses(OnCreate, func(b Object) bool { return b["xUnknown"] != nil })},
	{"the longest name refused", report.ValidRefused, Refuses(OnCreate, func(b Object) bool {
		name, _ := b["name"].(string)
		return utf8.RuneCountInString(name) == 255
	})},
	{"a name of many bytes refused", report.ValidRefused, Refuses(OnCreate, func(b Object) bool {
		name, _ := b["name"].(string)
		return len(name) > 255 && utf8.RuneCountInString(name) <= 255
	})},
	{"an absent description refused", report.ValidRefused, Refuses(OnUpdate, func(b Object) bool { return b["description"] == nil })},
	{"no users refused", report.ValidRefused, Refuses(OnCreate, func(b Object) bool { users, ok := b["users"].([]any); return ok && len(users) == 0 })},
	{"every 9th good create refused", report.ValidRefused, Refuses(Every(9, OnCreate), func(Object) bool { return true })},
	{"a conflict with nothing", report.ValidRefused, Instead(func(r *http.Request) *Response {
		if OnUpdate(r) && r.ContentLength > 900 {
			return Refusal(409)
		}
		return nil
	})},
	{"a good token refused, now and then", report.ValidRefused, func(next http.Handler) http.Handler {
		now := Every(15, OnAll)
		return Instead(func(r *http.Request) *Response {
			if now(r) {
				return Refusal(401)
			}
			return nil
		})(next)
	}},

	{"500 to malformed JSON", report.ServerError, Fails(OnCreate, func(a *Response) bool { return a.Status == 400 })},
	{"500 to an unknown user", report.ServerError, Fails(OnAll, Saying("is not a user"))},
	{"500 to a name taken", report.ServerError, Fails(OnCreate, func(a *Response) bool { return a.Status == 409 })},
	{"500 to a name too long", report.ServerError, Fails(OnUpdate, Saying("at most 255"))},
	{"500 to U+0000", report.ServerError, Fails(OnAll, Saying("U+0000"))},
	{"500 to an id that is none", report.ServerError, Fails(On("GET", "attributes/no.*"), func(a *Response) bool { return a.Status == 404 })},
	{"500 to a content type", report.ServerError, Fails(OnAll, func(a *Response) bool { return a.Status == 415 })},
	{"500 to no token", report.ServerError, Fails(OnRemove, func(a *Response) bool { return a.Status == 401 })},
	{"500 to many levels", report.ServerError, Fails(OnCreate, Saying("nests deeper"))},
	{"500 to the same user twice", report.ServerError, Fails(OnAll, Saying("second time"))},
	{"500 to a second removal", report.ServerError, Fails(OnRemove, func(a *Response) bool { return a.Status == 404 })},
	{"503 to every 25th request", report.ServerError, func(next http.Handler) http.Handler {
		now := Every(25, OnAll)
		return Instead(func(r *http.Request) *Response {
			if now(r) {
				return Refusal(503)
			}
			return nil
		})(next)
	}},

	{"no token needed", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return given == "" })},
	{"no token needed for a removal", report.TokenUnchecked, tokens(OnRemove, func(given, good string) bool { return given == "" })},
	{"any token does", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return given != "" })},
	{"any token does for an update", report.TokenUnchecked, tokens(OnUpdate, func(given, good string) bool { return given != "" })},
	{"the last character of a token not looked at", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool {
		return len(given) == len(good) && given[:len(given)-1] == good[:len(good)-1]
	})},
	{"what follows a token not looked at", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return strings.HasPrefix(given, good) })},
	{"a part of a token does", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return len(given) > 20 && strings.HasPrefix(good, given) })},
	{"the scheme of a token not looked at", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool {
		_, token, _ := strings.Cut(given, " ")
		_, is, _ := strings.Cut(good, " ")
		return token == is
	})},
	{"a scheme without a token", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return given == "ApiKey" })},
	{"the case of a token not looked at", report.TokenUnchecked, tokens(OnAll, strings.EqualFold)},
	{"one person's values shown without a token", report.TokenUnchecked, tokens(OnView, func(given, good string) bool { return given == "" })},
}

// freesNames takes some requests with a name that is taken: it changes the name until the answer.
func freesNames(w Which, test func(name string) bool) Layer {
	return Handles(w, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		a := AnswerOf(next, r)
		body := Unmarshal(text)
		if name, ok := body["name"].(string); a.Status == http.StatusConflict && ok && test(name) {
			body["name"] = "another"
			a = AnswerOf(next, Asking(r, r.Method, r.URL.Path, body))
			a.Body = bytes.ReplaceAll(a.Body, []byte(`"another"`), Marshal(name))
		}
		a.Send(rw)
	})
}

// takesRemoved answers some requests about what was removed as if all were well.
func takesRemoved(w Which) Layer {
	return func(next http.Handler) http.Handler {
		removed := map[string]bool{}
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			a := AnswerOf(next, r)
			if w(r) && a.Status == 404 && removed[r.URL.Path] {
				a.Status, a.Body = 200, []byte(`{"status":"ok"}`)
			}
			removed[r.URL.Path] = removed[r.URL.Path] || OnRemove(r) && a.OK()
			a.Send(rw)
		})
	}
}

// laterOnes mends what stands in all elements of an array but the first.
func laterOnes(member string, mend func(Object)) func(Object) {
	return func(body Object) {
		list, _ := body[member].([]any)
		for _, element := range list[min(len(list), 1):] {
			if element, ok := element.(Object); ok {
				mend(element)
			}
		}
	}
}

func jsonSentAs(contentType string) Layer {
	return Requests(OnWrite, func(r *http.Request, b []byte) []byte {
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
		user, ok := element.(Object)
		if id, isText := user["userUuid"].(string); ok && isText && !strings.Contains(store.DemoUserUUID+store.DemoEditorUUID+store.DemoViewerUUID, id) {
			continue
		}
		kept = append(kept, element)
	}
	return kept
}

// tokens lets requests in whose token the test is content with: the layer knows the
// good one from the first request.
func tokens(w Which, test func(given, good string) bool) Layer {
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
			AnswerOf(next, r).Send(rw)
		})
	}
}

// answersByKey answers each call of one key as the first, whatever is asked.
func answersByKey() Layer {
	return func(next http.Handler) http.Handler {
		answered := map[string]*Response{}
		return Handles(OnCreate, func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("Idempotency-Key")
			if answered[key] == nil || key == "" {
				answered[key] = AnswerOf(next, r)
			}
			answered[key].Send(rw)
		})(next)
	}
}
