package server_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

func TestHeadIsAnsweredAsGetWithoutTheBody(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		for _, check := range []server.ResponseCheck{server.Off, server.Enforce} {
			a := newAPI(t, s, server.Config{CheckResponses: check})
			one := attributes + "/" + results[struct{ UUID string }](t, a.post(t, strings.ReplaceAll(minimal, `"name":"`, `"name":"`+string(check)))).UUID
			for _, target := range []string{
				attributes, one, attributes + "/" + nobody, members, groups + "?page=1", groups + "?page=x",
				"/api/v1/org/users/" + nobody + "/attributes", "/openapi.json", "/livez", "/readyz",
			} {
				encoding := header("Accept-Encoding", "identity") // else Go's client asks for gzip by GET alone
				get, head := a.do(t, "GET", target, "", encoding), a.do(t, "HEAD", target, "", encoding)
				for _, h := range []http.Header{get.header, head.header} {
					h.Del("Date")
					h.Del("X-Request-Id")
					h.Del("Transfer-Encoding")
				}
				if head.status != get.status || head.body != "" || head.header.Get("Etag") != get.header.Get("Etag") {
					t.Errorf("%s, responses %s: %d %q %v, want %d %v", target, check, head.status, head.body, head.header, get.status, get.header)
				}
				if length := head.header.Get("Content-Length"); length != "" && length != get.header.Get("Content-Length") {
					t.Errorf("%s: Content-Length %s, want %s", target, length, get.header.Get("Content-Length"))
				}
			}
			if got := a.do(t, "HEAD", attributes, "", header("Authorization")); got.status != http.StatusUnauthorized {
				t.Errorf("without a token: %d", got.status)
			}
		}
	})
}

// TestSpellingsOfOnePath holds what RFC 3986, section 2.3, says of unreserved characters.
func TestSpellingsOfOnePath(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		id := results[struct{ UUID string }](t, a.post(t, minimal)).UUID
		for target, want := range map[string]int{
			"/api/v1/org/%61ttributes":                                     200,
			"/api/v1/org/%61%74%74%72%69%62%75%74%65%73":                   200,
			"/%61pi/v%31/org/attributes":                                   200,
			"/api/v1/org/attributes/" + "%" + hex(id[0]) + id[1:]:          200,
			"/api/v1/org/attributes/" + strings.ReplaceAll(id, "-", "%2D"): 200,
			"/api/v1/org/attributes/" + strings.ReplaceAll(id, "-", "%2d"): 200,
			"/livez": 200, "/live%7A": 200, "/live%7a": 200, "/openapi%2Ejson": 200, "/openapi%2ejson": 200,
			"/api/v1/org%2Fattributes":      404, // a slash within a segment is no end of it
			"/api/v1/org/%41ttributes":      404, // another letter
			"/api/v1/org/attributes/%2E%2E": 404,
			"/api/v1/org/attributes%3Fa":    404,
			"/api/v1/org/%2561ttributes":    404,
		} {
			if got := a.do(t, "GET", target, ""); got.status != want {
				t.Errorf("%s: %d, want %d: %s", target, got.status, want, got.body)
			}
		}
	})
}

func hex(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

func TestProbesAreLoggedAtDebugLevel(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		levels := map[string]int{}
		for _, target := range []string{"/livez", "/readyz", "/openapi.json", "/nothing"} {
			a.do(t, "GET", target, "")
		}
		for _, record := range a.log.lines(t, "request") {
			levels[record["level"].(string)]++
		}
		if want := map[string]int{"DEBUG": 2, "INFO": 2}; !maps.Equal(levels, want) {
			t.Errorf("%v, want %v", levels, want)
		}
	})
}
