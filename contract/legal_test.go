package contract_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"attributed/contract"
)

// TestOtherLegalChoicesAreClean has servers that do as the spec says in other ways than
// ours does. Of none may anything be found.
func TestOtherLegalChoicesAreClean(t *testing.T) {
	errorAs := func(was, is int) layer {
		return errorsOf(onAll, func(a *response) {
			if a.status == was {
				*a = *refusal(is)
			}
		})
	}
	tests := []struct {
		name  string
		layer layer
	}{
		{"400 for 422", errorAs(422, 400)},
		{"422 for 400", errorAs(400, 422)},
		{"403 for 401", errorAs(401, 403)},
		{"404 for 405", errorAs(405, 404)},
		{"410 for 404", errorAs(404, 410)},
		{"428 for 412", errorAs(412, 428)},
		{"501 for 405", errorAs(405, 501)},
		{"405 in bare text", errorsOf(onAll, func(a *response) {
			if a.status == 405 {
				header("Content-Type", "text/plain; charset=utf-8")(a)
				body("Method Not Allowed\n")(a)
			}
		})},
		{"other names of errors, no message, null as data", errorsOf(onAll, func(a *response) {
			e := parse(a.body)["error"].(object)
			a.body = write(object{"status": "error", "error": object{"statusCode": e["statusCode"], "name": "Fault", "data": nil}})
		})},
		{"fields that the spec does not know", answers(onAll, func(a *response) {
			if b := parse(a.body); b != nil {
				addUnknown(b)
				a.body = write(b)
			}
		})},
		{"other orders", bodies(onAll, func(b object) { reverse(b) })},
		{"dates with an offset", things(onAll, func(o object) {
			if at, ok := o["createdAt"].(string); ok {
				o["createdAt"] = strings.Replace(at, "Z", "+00:00", 1)
			}
		})},
		{"dates of another zone in the list", things(onList, func(o object) {
			o["createdAt"] = strings.Replace(o["createdAt"].(string), "Z", "000-00:00", 1)
		})},
		{"an empty description for none", things(on("", "attributes(/"+uuid+")?"), func(o object) {
			if o["description"] == nil {
				o["description"] = ""
			}
		})},
		{"uuids in capitals", things(on("", "attributes(/"+uuid+")?"), func(o object) {
			for _, member := range []string{"users", "groups"} {
				for _, element := range o[member].([]any) {
					for _, id := range []string{"userUuid", "groupUuid"} {
						if text, ok := element.(object)[id].(string); ok {
							element.(object)[id] = strings.ToUpper(text)
						}
					}
				}
			}
		})},
		{"spaces in JSON, and no charset", answers(onAll, func(a *response) {
			a.body = []byte("\r\n " + strings.ReplaceAll(string(a.body), `":`, "\" :\t"))
			header("Content-Type", "Application/JSON")(a)
		})},
		{"weak ETags without conditions", func(next http.Handler) http.Handler {
			return successes(onAll, func(a *response) {
				if tag := a.header.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
					header("ETag", "W/"+tag)(a)
				}
			})(next)
		}},
		{"a description that an update without one clears", requests(onUpdate, func(_ *http.Request, text []byte) []byte {
			b := parse(text)
			if _, there := b["description"]; b == nil || there || b["name"] == nil {
				return text
			}
			b["description"] = ""
			return write(b)
		})},
		{"a content type that may be left out", requests(onAll, func(r *http.Request, b []byte) []byte {
			if len(b) > 0 && r.Header.Get("Content-Type") == "" {
				r.Header.Set("Content-Type", "application/json")
			}
			return b
		})},
		{"a large body that is refused unread", refusesUnread(100_000)},
		{"the answer to what is removed already", errorsOf(onRemove, func(a *response) {
			if a.status == 404 {
				*a = *refusal(409)
			}
		})},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handler, token := healthyOnSQLite(t)
			report := check(t, contract.Config{URL: listen(t, tt.layer(handler)), Spec: effectiveSpec(t), Token: token, Seed: uint64(i), Cases: 2})
			if len(report.Findings) > 0 {
				t.Error(textOf(t, report))
			}
		})
	}
}

// refusesUnread does not read large bodies. Who sends one without asking loses the answer,
// as it happens now and then when a connection is closed while much is on its way.
func refusesUnread(limit int64) layer {
	return instead(func(r *http.Request) *response {
		switch {
		case r.ContentLength <= limit:
			return nil
		case r.Header.Get("Expect") == "":
			panic(http.ErrAbortHandler)
		}
		return refusal(413)
	})
}

// addUnknown adds a member to every object.
func addUnknown(value any) {
	switch v := value.(type) {
	case object:
		for _, member := range v {
			addUnknown(member)
		}
		v["xNew"] = object{"a": nil}
	case []any:
		for _, element := range v {
			addUnknown(element)
		}
	}
}

// reverse turns every array round.
func reverse(value any) {
	switch v := value.(type) {
	case object:
		for _, member := range v {
			reverse(member)
		}
	case []any:
		slices.Reverse(v)
		for _, element := range v {
			reverse(element)
		}
	}
}
