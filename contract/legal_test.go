package contract_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"attributed/contract"
	. "attributed/contract/contracttest"
)

// TestOtherLegalChoicesAreClean has servers that do as the spec says in other ways than
// ours does. Of none may anything be found.
func TestOtherLegalChoicesAreClean(t *testing.T) {
	errorAs := func(was, is int) Layer {
		return ErrorsOf(OnAll, func(a *Response) {
			if a.Status == was {
				*a = *Refusal(is)
			}
		})
	}
	tests := []struct {
		name  string
		layer Layer
	}{
		{"400 for 422", errorAs(422, 400)},
		{"422 for 400", errorAs(400, 422)},
		{"403 for 401", errorAs(401, 403)},
		{"404 for 405", errorAs(405, 404)},
		{"410 for 404", errorAs(404, 410)},
		{"428 for 412", errorAs(412, 428)},
		{"501 for 405", errorAs(405, 501)},
		{"405 in bare text", ErrorsOf(OnAll, func(a *Response) {
			if a.Status == 405 {
				Header("Content-Type", "text/plain; charset=utf-8")(a)
				Body("Method Not Allowed\n")(a)
			}
		})},
		{"other names of errors, no message, null as data", ErrorsOf(OnAll, func(a *Response) {
			e := Unmarshal(a.Body)["error"].(Object)
			a.Body = Marshal(Object{"status": "error", "error": Object{"statusCode": e["statusCode"], "name": "Fault", "data": nil}})
		})},
		{"no 304", without("If-None-Match", OnAll)},
		{"other versions", ownTags(func(o Object) any { return o })},
		{"fields that the spec does not know", Answers(OnAll, func(a *Response) {
			if b := Unmarshal(a.Body); b != nil {
				addUnknown(b)
				a.Body = Marshal(b)
			}
		})},
		{"other orders", Bodies(OnAll, func(b Object) { reverse(b) })},
		{"dates with an offset", Things(OnAll, func(o Object) {
			if at, ok := o["createdAt"].(string); ok {
				o["createdAt"] = strings.Replace(at, "Z", "+00:00", 1)
			}
		})},
		{"dates of another zone in the list", Things(OnList, func(o Object) {
			o["createdAt"] = strings.Replace(o["createdAt"].(string), "Z", "000-00:00", 1)
		})},
		{"an empty description for none", Things(On("", "attributes(/"+UUIDPattern+")?"), func(o Object) {
			if o["description"] == nil {
				o["description"] = ""
			}
		})},
		{"uuids in capitals", Things(On("", "attributes(/"+UUIDPattern+")?"), func(o Object) {
			for _, member := range []string{"users", "groups"} {
				for _, element := range o[member].([]any) {
					for _, id := range []string{"userUuid", "groupUuid"} {
						if text, ok := element.(Object)[id].(string); ok {
							element.(Object)[id] = strings.ToUpper(text)
						}
					}
				}
			}
		})},
		{"spaces in JSON, and no charset", Answers(OnAll, func(a *Response) {
			a.Body = []byte("\r\n " + strings.ReplaceAll(string(a.Body), `":`, "\" :\t"))
			Header("Content-Type", "Application/JSON")(a)
		})},
		{"weak ETags without conditions", func(next http.Handler) http.Handler {
			return Successes(OnAll, func(a *Response) {
				if tag := a.Header.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
					Header("ETag", "W/"+tag)(a)
				}
			})(next)
		}},
		{"a description that an update without one clears", Requests(OnUpdate, func(_ *http.Request, text []byte) []byte {
			b := Unmarshal(text)
			if _, there := b["description"]; b == nil || there || b["name"] == nil {
				return text
			}
			b["description"] = ""
			return Marshal(b)
		})},
		{"a content type that may be left out", Requests(OnAll, func(r *http.Request, b []byte) []byte {
			if len(b) > 0 && r.Header.Get("Content-Type") == "" {
				r.Header.Set("Content-Type", "application/json")
			}
			return b
		})},
		{"a large body that is refused unread", refusesUnread(100_000)},
		{"the answer to what is removed already", ErrorsOf(OnRemove, func(a *Response) {
			if a.Status == 404 {
				*a = *Refusal(409)
			}
		})},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handler, token := HealthyOnSQLite(t)
			result := Check(t, contract.Config{URL: Listen(t, tt.layer(handler)), Spec: EffectiveSpec(t), Token: token, Seed: uint64(i), Cases: 2})
			if len(result.Findings) > 0 {
				t.Error(TextOf(t, result))
			}
		})
	}
}

// refusesUnread does not read large bodies. Who sends one without asking loses the answer,
// as it happens now and then when a connection is closed while much is on its way.
func refusesUnread(limit int64) Layer {
	return Instead(func(r *http.Request) *Response {
		switch {
		case r.ContentLength <= limit:
			return nil
		case r.Header.Get("Expect") == "":
			panic(http.ErrAbortHandler)
		}
		return Refusal(413)
	})
}

// addUnknown adds a member to every object.
func addUnknown(value any) {
	switch v := value.(type) {
	case Object:
		for _, member := range v {
			addUnknown(member)
		}
		v["xNew"] = Object{"a": nil}
	case []any:
		for _, element := range v {
			addUnknown(element)
		}
	}
}

// reverse turns every array round.
func reverse(value any) {
	switch v := value.(type) {
	case Object:
		for _, member := range v {
			reverse(member)
		}
	case []any:
		if len(v) > 0 {
			if _, text := v[0].(string); text { // of several values the first is told as the one
				return
			}
		}
		slices.Reverse(v)
		for _, element := range v {
			reverse(element)
		}
	}
}
