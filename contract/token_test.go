package contract_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/report"
)

// TestTokensAsTheSpecHasThem has a server for each way in which a spec asks for a token. The right one must
// be let in and nothing else; a server that lets all in is found.
func TestTokensAsTheSpecHasThem(t *testing.T) {
	const token = "ann:Wonder-1and"
	header := func(name string) func(*http.Request) string {
		return func(r *http.Request) string { return r.Header.Get(name) }
	}
	tests := []struct {
		name, scheme string
		sent         func(*http.Request) string
		want, curl   string
	}{
		{"bearer", `{"type":"http","scheme":"bearer"}`, header("Authorization"), "Bearer " + token, `-H "Authorization: Bearer $TOKEN"`},
		{"basic", `{"type":"http","scheme":"Basic"}`, header("Authorization"), "Basic " + base64.StdEncoding.EncodeToString([]byte(token)), `-u "$TOKEN"`},
		{"OAuth 2.0", `{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://example.com","scopes":{}}}}`, header("Authorization"), "Bearer " + token, "Bearer $TOKEN"},
		{"a header of its own", `{"type":"apiKey","in":"header","name":"X-Key"}`, header("X-Key"), token, `-H "X-Key: $TOKEN"`},
		{"Lightdash's", `{"type":"apiKey","in":"header","name":"Authorization"}`, header("Authorization"), "ApiKey " + token, "ApiKey $TOKEN"},
		{"in words", `{"type":"apiKey","in":"header","name":"Authorization","description":"Bearer and the token"}`, header("Authorization"), "Bearer " + token, "Bearer $TOKEN"},
		{"a key or Bearer", `{"type":"apiKey","in":"header","name":"Authorization"},"token2":{"type":"http","scheme":"bearer"}`, func(r *http.Request) string {
			return "ApiKey " + afterScheme(r)
		}, "ApiKey " + token, "ApiKey $TOKEN"},
		{"Bearer or a key", `{"type":"http","scheme":"bearer"},"token2":{"type":"apiKey","in":"header","name":"Authorization"}`, func(r *http.Request) string {
			return "Bearer " + afterScheme(r)
		}, "Bearer " + token, "Bearer $TOKEN"},
		{"query", `{"type":"apiKey","in":"query","name":"key"}`, func(r *http.Request) string { return r.URL.Query().Get("key") }, token, `-G -d "key=$TOKEN"`},
		{"cookie", `{"type":"apiKey","in":"cookie","name":"session"}`, func(r *http.Request) string {
			if cookie, err := r.Cookie("session"); err == nil {
				return cookie.Value
			}
			return ""
		}, token, `-b "session=$TOKEN"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := notebookSpec(t, `[{"url":"/"}],"security":[{"token":[]}]`)
			loaded, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.3","info":{"title":"","version":""},"paths":{},"components":{"securitySchemes":{"token":` + tt.scheme + `}}}`))
			if err != nil {
				t.Fatal(err)
			}
			spec.Components.SecuritySchemes = loaded.Components.SecuritySchemes
			if len(spec.Components.SecuritySchemes) > 1 {
				spec.Security.With(openapi3.NewSecurityRequirement().Authenticate("token2"))
			}
			check := func(open bool) *contract.Report {
				behind := notes(t, "")
				url := Listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !open && tt.sent(r) != tt.want {
						Answering(401, `{"error":"who are you?"}`).ServeHTTP(w, r)
						return
					}
					behind.ServeHTTP(w, r)
				}))
				return Check(t, contract.Config{URL: url, Spec: spec, Token: token, Cases: 2, Seed: 1})
			}
			if result := check(false); len(result.Findings) > 0 {
				t.Error(TextOf(t, result))
			}
			result := check(true)
			if FirstOf(result, report.TokenUnchecked) == nil {
				t.Errorf("a server that lets all in: %s", TextOf(t, result))
			}
			if lines := shown(t, spec, token); !strings.Contains(lines, tt.curl) {
				t.Errorf("%s, want %s in it", lines, tt.curl)
			}
		})
	}
}

// afterScheme is what stands in Authorization without a scheme that a spec may have: ApiKey, Bearer, or none.
func afterScheme(r *http.Request) string {
	return strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "ApiKey ")
}

// shown are the lines that show findings again, of a server that fails whoever asks.
func shown(t *testing.T, spec *openapi3.T, token string) (lines string) {
	t.Helper()
	for _, f := range Check(t, contract.Config{URL: Listen(t, Answering(500, "{}")), Spec: spec, Token: token, Cases: 1}).Findings {
		lines += f.Curl + "\n"
	}
	return lines
}

func TestBasicWantsUserAndPassword(t *testing.T) {
	spec := notebookSpec(t, `[],"security":[{"token":[]}]`)
	spec.Components.SecuritySchemes = openapi3.SecuritySchemes{"token": {Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("basic")}}
	_, err := contract.Check(t.Context(), contract.Config{URL: "http://127.0.0.1:1", Spec: spec, Token: "ann"})
	if err == nil || !strings.Contains(err.Error(), "give USER:PASSWORD as the token") {
		t.Error(err)
	}
}

// brokenTokens take a good token in another form than the spec has. They come last of all, so that the others keep their seeds.
var brokenTokens = []broken{
	{"a token as Bearer", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return given == strings.Replace(good, "ApiKey", "Bearer", 1) })},
	{"a token without its scheme", report.TokenUnchecked, tokens(OnAll, func(given, good string) bool { return "ApiKey "+given == good })},
}
