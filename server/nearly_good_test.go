package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

var nearlyGoodRequests = flag.Int("nearly-good-requests", 2000, "how many requests TestRequestsThatAreNearlyGood sends on each engine")

// TestRequestsThatAreNearlyGood sends to every operation what is good but for a little: what is
// quite wrong is refused at the door, and finds nothing behind it. The requests are the same each
// time, but for the uuids and versions that the server gave.
func TestRequestsThatAreNearlyGood(t *testing.T) {
	storetest.EachWithSinglePrepared(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{MaxBody: 4 << 10})
		a.addPeople(t)
		g := newNearlyGood(t, a)
		seen := map[int]int{}
		for i := range *nearlyGoodRequests {
			drawn := rapid.Custom(g.request).Example(i)
			request := a.request(t, drawn.body, method(drawn.method), to(drawn.target))
			maps.Copy(request.Header, drawn.header)
			got := a.send(t, request)
			if got.status >= 500 || t.Failed() {
				t.Fatalf("request %d: %s %s %v\n%s\nis answered %d %s", i, drawn.method, drawn.target, drawn.header, drawn.body, got.status, got.body)
			}
			seen[got.status]++
			g.learn(got)
		}
		for _, status := range []int{200, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422} {
			if seen[status] == 0 {
				t.Errorf("of %d requests none was answered %d: %v", *nearlyGoodRequests, status, seen)
			}
		}
	})
}

// nearlyGood draws requests by what the effective spec says of its operations.
type nearlyGood struct {
	operations []drawnOperation
	ids        map[string][]string // by the name of a parameter or a property
	versions   []string            // ETags
	tokens     []string            // Authorization headers, the admin's first
}

type drawnOperation struct {
	method, path string
	*openapi3.Operation
}

// drawnRequest is a request without what all have.
type drawnRequest struct {
	method, target, body string
	header               http.Header
}

func newNearlyGood(t *testing.T, a *api) *nearlyGood {
	bad := []string{nobody, "5A1C0000-0000-4000-8000-00000000000G", "5a1c0000000040008000000000000001", "{" + nobody + "}", "-", " ", "..", "é", "a/b", "\x00", "\xff", strings.Repeat("9", 400)}
	g := &nearlyGood{
		ids: map[string][]string{
			"userAttributeUuid": bad,
			"userUuid":          append([]string{store.DemoUserUUID, store.DemoEditorUUID, strings.ToUpper(store.DemoViewerUUID), theirUUID, inactiveUUID}, bad...),
			"groupUuid":         append([]string{store.DemoGroupUUID, store.DemoOtherGroupUUID, strings.ToUpper(store.DemoGroupUUID), theirGroup}, bad...),
		},
		versions: []string{"*", `"x"`, `W/"x"`, "x", `"`, ""},
		tokens:   []string{"ApiKey " + a.tokenOf(t, "editor@lightdash.com"), "ApiKey " + a.tokenOf(t, theirAdmin), "ApiKey x", "Bearer x", "ApiKey"},
	}
	for path, item := range a.spec.Paths.Map() {
		for method, operation := range item.Operations() {
			times := 1
			if method == http.MethodPost {
				times = 4 // else there would seldom be anything to change
			}
			g.operations = append(g.operations, slices.Repeat([]drawnOperation{{method, path, operation}}, times)...)
		}
	}
	slices.SortFunc(g.operations, func(a, b drawnOperation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return g
}

// learn has the next requests be about what there is, as a single attribute or a list tells.
func (g *nearlyGood) learn(got reply) {
	type attribute struct{ UUID string }
	var one struct{ Results attribute }
	var list struct{ Results []attribute }
	json.Unmarshal([]byte(got.body), &list)
	if json.Unmarshal([]byte(got.body), &one) == nil {
		list.Results = append(list.Results, one.Results)
	}
	for _, found := range list.Results {
		if ids := g.ids["userAttributeUuid"]; found.UUID != "" && found.UUID != ids[0] {
			g.ids["userAttributeUuid"] = append([]string{found.UUID, strings.ToUpper(found.UUID)}, ids[max(0, len(ids)-16):]...)
		}
	}
	if version := got.header.Get("ETag"); version != "" {
		g.versions = append([]string{version}, g.versions[max(0, len(g.versions)-6):]...)
	}
}

// once reports, once in so many times, that now something is to be wrong.
func once(t *rapid.T, times int) bool { return rapid.IntRange(0, times-1).Draw(t, "once") == times/2 }

func sampled[T any](t *rapid.T, from []T) T { return rapid.SampledFrom(from).Draw(t, "sampled") }

func (g *nearlyGood) request(t *rapid.T) drawnRequest {
	op := sampled(t, g.operations)
	drawn := drawnRequest{method: op.method, target: g.target(t, op), header: http.Header{}}
	if op.RequestBody != nil {
		drawn.body = g.body(t, op.RequestBody.Value.Content["application/json"].Schema.Value)
	}
	for _, spoiled := range []struct {
		times  int
		header string
		values []string
	}{
		{20, "Authorization", g.tokens},
		{20, "Content-Type", []string{"application/json; charset=utf-8", "application/json; charset=latin1", "text/plain", "", "application/", "application/json; x", "application/json, application/json"}},
		{20, "Content-Encoding", []string{"identity", "gzip", "br", "gzip, gzip", ""}},
		{3, "If-Match", g.versions},
		{3, "If-None-Match", g.versions},
		{10, "X-Request-Id", []string{"a", "a b", strings.Repeat("a", 129), "\xff"}},
		{4, "Idempotency-Key", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "", "a b", "é", "\xff", strings.Repeat("k", 256)}},
		{10, "Accept", []string{"text/html", "*/*;q=0", "a"}},
		{10, "Range", []string{"bytes=0-1"}},
	} {
		if once(t, spoiled.times) {
			drawn.header[spoiled.header] = rapid.SliceOfN(rapid.SampledFrom(spoiled.values), 1, 1+len(spoiled.header)%2).Draw(t, spoiled.header)
		}
	}
	if once(t, 40) {
		drawn.method = sampled(t, []string{"GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "put", "TRACE"})
	}
	return drawn
}

// target draws the ids of the path, and the query.
func (g *nearlyGood) target(t *rapid.T, op drawnOperation) string {
	path, query := op.path, []string{}
	for _, described := range op.Parameters {
		switch parameter := described.Value; parameter.In {
		case openapi3.ParameterInPath:
			path = strings.Replace(path, "{"+parameter.Name+"}", url.PathEscape(g.text(t, parameter.Name)), 1)
		case openapi3.ParameterInQuery:
			for range rapid.IntRange(0, 1).Draw(t, "sent") + rapid.IntRange(0, 8).Draw(t, "again")/8 {
				text, _ := g.value(t, parameter.Name, parameter.Schema.Value).(string)
				if parameter.Schema.Value.Type.Is(openapi3.TypeInteger) {
					text = sampled(t, []string{"1", "2", "0", "100.000000", "1e2", "1.5", "-1", "", "x", "99999999999999999999", "1e999", "0x1", "９"})
				}
				query = append(query, parameter.Name+"="+url.QueryEscape(text))
			}
		}
	}
	if once(t, 20) {
		query = append(query, sampled(t, []string{"unknown=1", "page=%zz", "=", "&&", "page[]=1", "searchQuery=%00", "searchQuery=%ff", ";"}))
	}
	return path + "?" + strings.Join(query, "&")
}

// body draws a value of the schema as JSON, or nearly so.
func (g *nearlyGood) body(t *rapid.T, schema *openapi3.Schema) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(g.value(t, "", schema)); err != nil {
		panic(err) // of what g drew itself
	}
	text := written.String()
	if !once(t, 15) {
		return text
	}
	cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
	return sampled(t, []string{
		text[:cut], text[:cut] + sampled(t, []string{"\x00", "\xff", `\ud800`, `"`, "{", "1e999", ",", "\ufeff"}) + text[cut:],
		"\ufeff" + text, text + text, " " + text + "\n", strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat(" ", 4<<10) + text,
	})
}
