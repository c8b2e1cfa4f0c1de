package proxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"attributed/contract"
	"attributed/contract/contracttest"
	"attributed/contract/proxy"
	"attributed/contract/report"
	"attributed/store"
	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	collection = "/api/v1/org/attributes"
	minimal    = `{"name":"proxied","attributeDefault":null,"users":[],"groups":[]}`
)

// proxied is a proxy before a handler.
func proxied(t *testing.T, handler http.Handler, cfg proxy.Config) (*proxy.Proxy, string) {
	t.Helper()
	cfg.Upstream, cfg.Spec = contracttest.Listen(t, handler), contracttest.EffectiveSpec(t)
	p, err := proxy.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p, contracttest.Listen(t, p)
}

func TestProxyOfHealthyServerFindsNothing(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		handler, token := contracttest.HealthyOnSQLite(t)
		proxy, url := proxied(t, handler, proxy.Config{Enforce: enforce})
		if status, body := contracttest.Ask(t, "POST", url+collection, token, minimal); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if status, body := contracttest.Ask(t, "GET", url+collection+"?x=1;y=%zz", token, ""); status != 200 || !strings.Contains(body, "proxied") {
			t.Errorf("%d %s", status, body)
		}
		if status, _ := contracttest.Ask(t, "POST", url+collection, "", minimal); status != 401 {
			t.Errorf("without a token: %d", status)
		}
		if result := proxy.Report(); len(result.Findings) > 0 || result.Requests != 3 || result.Operations["createUserAttribute"] != 2 {
			t.Errorf("enforce %t: %v\n%s", enforce, result.Operations, contracttest.TextOf(t, result))
		}
	}
}

func TestProxyTellsWhatBreaksTheSpec(t *testing.T) {
	tests := []struct {
		name         string
		layer        contracttest.Layer
		method, path string
		body         string
		enforced     int // status under Enforce; 0 is as without it
		want         []contract.Class
	}{
		{"201 for 200", contracttest.Successes(contracttest.OnCreate, contracttest.Status(201)), "POST", collection, minimal, 502, []contract.Class{report.UndocumentedStatus}},
		{"a field gone", contracttest.Things(contracttest.OnCreate, contracttest.Without("uuid")), "POST", collection, minimal, 502, []contract.Class{report.Schema}},
		{"another content type", contracttest.Successes(contracttest.OnList, contracttest.Header("Content-Type", "text/html")), "GET", collection, "", 502, []contract.Class{report.ContentType}},
		{"no ETag", contracttest.Successes(contracttest.OnCreate, func(a *contracttest.Response) { a.Header.Del("ETag") }), "POST", collection, minimal, 502, []contract.Class{report.Header}},
		{"an error of another shape", contracttest.ErrorsOf(contracttest.OnAll, contracttest.Body(`{}`)), "GET", collection + "/none", "", 502, []contract.Class{report.ErrorShape}},
		{"500", contracttest.Instead(func(*http.Request) *contracttest.Response { return contracttest.Refusal(500) }), "GET", collection, "", 0, []contract.Class{report.ServerError}},
		{"a bad request, refused", contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "POST", collection, `{"name":1}`, 422, []contract.Class{report.RequestInvalid}},
		{"a bad request, taken", contracttest.Instead(func(*http.Request) *contracttest.Response {
			return &contracttest.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Etag": {`"1"`}}, Body: []byte(`{"status":"ok","results":{"uuid":"u","name":"n","organizationUuid":"o","createdAt":"2026-11-24T15:17:27.508Z","attributeDefault":null,"attributeDefaults":null,"users":[],"groups":[]}}`)}
		}), "POST", collection, `{"name":1}`, 422, []contract.Class{report.FaultAccepted, report.RequestInvalid}},
		{"a bad parameter", contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "GET", "/api/v1/org/users?page=-1", "", 422, []contract.Class{report.RequestInvalid}},
		{"no JSON", contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "POST", collection, `{`, 422, []contract.Class{report.RequestInvalid}},
		{"an unknown path", contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "GET", "/nothing", "", 422, []contract.Class{report.UnknownOperation}},
		{"an unknown method", contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "PATCH", collection, "", 422, []contract.Class{report.UnknownOperation}},
	}
	for _, tt := range tests {
		for _, enforce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, enforce %t", tt.name, enforce), func(t *testing.T) {
				handler, token := contracttest.HealthyOnSQLite(t)
				broken := tt.layer(handler)
				proxy, url := proxied(t, broken, proxy.Config{Enforce: enforce})
				got, text := contracttest.Ask(t, tt.method, url+tt.path, token, tt.body)
				if enforce && tt.enforced != 0 && (got != tt.enforced || !strings.Contains(text, `"ContractError"`)) {
					t.Errorf("answered %d %s", got, text)
				}
				if !enforce || tt.enforced == 0 {
					if got == 502 || strings.Contains(text, "ContractError") {
						t.Errorf("not passed through: %d %s", got, text)
					}
				}
				result := proxy.Report()
				var classes []contract.Class
				for _, f := range result.Findings {
					classes = append(classes, f.Class)
				}
				classes = slices.Compact(classes)
				want := tt.want
				if enforce && tt.enforced == 422 {
					want = want[len(want)-1:] // the server has not seen it
				}
				if fmt.Sprint(classes) != fmt.Sprint(want) {
					t.Errorf("%v, want %v\n%s", classes, want, contracttest.TextOf(t, result))
				}
				if strings.Contains(contracttest.TextOf(t, result), token) {
					t.Error("the report holds the token")
				}
			})
		}
	}
}

// TestProxyKnowsTheMethodsThatEveryPathHas: HEAD is GET without a body, and OPTIONS asks
// about the path; neither is unknown for not being in the spec.
func TestProxyKnowsTheMethodsThatEveryPathHas(t *testing.T) {
	const headers = "Content-Type: application/json"
	answer := func(status int, lines ...string) contracttest.Layer {
		return contracttest.Instead(func(*http.Request) *contracttest.Response {
			a := &contracttest.Response{Status: status, Header: http.Header{}}
			for _, line := range lines {
				name, value, _ := strings.Cut(line, ": ")
				a.Header.Set(name, value)
			}
			return a
		})
	}
	const one = collection + "/5a1c0000-0000-4000-8000-000000000001"
	tests := []struct {
		name, method, path string
		layer              contracttest.Layer
		operation          string
		want               []contract.Class
	}{
		{"HEAD", "HEAD", collection, answer(200, headers), "getUserAttributes", nil},
		{"HEAD of our own", "HEAD", collection, contracttest.Answers(contracttest.OnAll, func(*contracttest.Response) {}), "getUserAttributes", nil},
		{"HEAD of one, with its header", "HEAD", one, answer(200, headers, `ETag: "1"`), "getUserAttribute", nil},
		{"HEAD of one, without its header", "HEAD", one, answer(200, headers), "getUserAttribute", []contract.Class{report.Header}},
		{"HEAD, refused", "HEAD", one, answer(404, headers), "getUserAttribute", nil},
		{"HEAD of another status", "HEAD", collection, answer(203, headers), "getUserAttributes", []contract.Class{report.UndocumentedStatus}},
		{"HEAD with a bad parameter", "HEAD", "/api/v1/org/users?page=-1", answer(422), "ListOrganizationMembers", []contract.Class{report.RequestInvalid}},
		{"HEAD that fails", "HEAD", collection, answer(500), "getUserAttributes", []contract.Class{report.ServerError}},
		{"HEAD where there is no GET", "HEAD", one + "/users/" + store.DemoUserUUID, answer(405), "setUserAttributeUserValue", nil},
		{"OPTIONS", "OPTIONS", collection, answer(204, "Allow: GET, POST"), "getUserAttributes", nil},
		{"OPTIONS that is not known", "OPTIONS", collection, answer(405), "getUserAttributes", nil},
		{"OPTIONS of a browser", "OPTIONS", collection, answer(200, "Access-Control-Allow-Methods: POST"), "createUserAttribute", nil},
		{"OPTIONS that fails", "OPTIONS", collection, answer(502), "getUserAttributes", []contract.Class{report.ServerError}},
		{"HEAD of an unknown path", "HEAD", "/nothing", answer(404), "(none)", []contract.Class{report.UnknownOperation}},
		{"OPTIONS of an unknown path", "OPTIONS", "/nothing", answer(404), "(none)", []contract.Class{report.UnknownOperation}},
	}
	for _, tt := range tests {
		for _, enforce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, enforce %t", tt.name, enforce), func(t *testing.T) {
				handler, token := contracttest.HealthyOnSQLite(t)
				proxy, _ := proxied(t, tt.layer(handler), proxy.Config{Enforce: enforce})
				web := httptest.NewServer(proxy)
				contracttest.Ask(t, tt.method, web.URL+tt.path, token, "", func(r *http.Request) {
					if strings.HasSuffix(tt.name, "browser") {
						r.Header.Set("Access-Control-Request-Method", "POST")
					}
				})
				web.Close() // waits until the proxy has looked at the answer
				result := proxy.Report()
				var classes []contract.Class
				for _, f := range result.Findings {
					if classes = append(classes, f.Class); f.Operation != tt.operation {
						t.Errorf("told of %s, not %s", f.Operation, tt.operation)
					}
				}
				if fmt.Sprint(classes) != fmt.Sprint(tt.want) {
					t.Errorf("%v, want %v\n%s", classes, tt.want, contracttest.TextOf(t, result))
				}
				refused := enforce && (slices.Contains(classes, report.RequestInvalid) || slices.Contains(classes, report.UnknownOperation))
				if !refused && result.Operations[tt.operation] != 1 {
					t.Errorf("counted: %v", result.Operations)
				}
			})
		}
	}
}
