package contract_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"attributed/contract"
	"attributed/store"
)

const (
	collection = "/api/v1/org/attributes"
	minimal    = `{"name":"proxied","attributeDefault":null,"users":[],"groups":[]}`
)

// proxied is a proxy before a handler.
func proxied(t *testing.T, handler http.Handler, cfg contract.ProxyConfig) (*contract.Proxy, string) {
	t.Helper()
	cfg.Upstream, cfg.Spec = listen(t, handler), effectiveSpec(t)
	proxy, err := contract.NewProxy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return proxy, listen(t, proxy)
}

// ask sends one request and gives status and body, or what went wrong.
func ask(t *testing.T, method, url, token, body string, edits ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "ApiKey "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, edit := range edits {
		edit(r)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		text = append(text, "; "+err.Error()...)
	}
	return response.StatusCode, string(text)
}

func TestProxyOfHealthyServerFindsNothing(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		handler, token := healthyOnSQLite(t)
		proxy, url := proxied(t, handler, contract.ProxyConfig{Enforce: enforce})
		if status, body := ask(t, "POST", url+collection, token, minimal); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if status, body := ask(t, "GET", url+collection+"?x=1;y=%zz", token, ""); status != 200 || !strings.Contains(body, "proxied") {
			t.Errorf("%d %s", status, body)
		}
		if status, _ := ask(t, "POST", url+collection, "", minimal); status != 401 {
			t.Errorf("without a token: %d", status)
		}
		if report := proxy.Report(); len(report.Findings) > 0 || report.Requests != 3 || report.Operations["createUserAttribute"] != 2 {
			t.Errorf("enforce %t: %v\n%s", enforce, report.Operations, textOf(t, report))
		}
	}
}

func TestProxyTellsWhatBreaksTheSpec(t *testing.T) {
	tests := []struct {
		name         string
		layer        layer
		method, path string
		body         string
		enforced     int // status under Enforce; 0 is as without it
		want         []contract.Class
	}{
		{"201 for 200", successes(onCreate, status(201)), "POST", collection, minimal, 502, []contract.Class{contract.UndocumentedStatus}},
		{"a field gone", things(onCreate, without("uuid")), "POST", collection, minimal, 502, []contract.Class{contract.Schema}},
		{"another content type", successes(onList, header("Content-Type", "text/html")), "GET", collection, "", 502, []contract.Class{contract.ContentType}},
		{"no ETag", successes(onCreate, func(a *response) { a.header.Del("ETag") }), "POST", collection, minimal, 502, []contract.Class{contract.Header}},
		{"an error of another shape", errorsOf(onAll, body(`{}`)), "GET", collection + "/none", "", 502, []contract.Class{contract.ErrorShape}},
		{"500", instead(func(*http.Request) *response { return refusal(500) }), "GET", collection, "", 0, []contract.Class{contract.ServerError}},
		{"a bad request, refused", answers(onAll, func(*response) {}), "POST", collection, `{"name":1}`, 422, []contract.Class{contract.RequestInvalid}},
		{"a bad request, taken", instead(func(*http.Request) *response {
			return &response{200, http.Header{"Content-Type": {"application/json"}, "Etag": {`"1"`}}, []byte(`{"status":"ok","results":{"uuid":"u","name":"n","organizationUuid":"o","createdAt":"2026-11-24T15:17:27.508Z","attributeDefault":null,"users":[],"groups":[]}}`)}
		}), "POST", collection, `{"name":1}`, 422, []contract.Class{contract.FaultAccepted, contract.RequestInvalid}},
		{"a bad parameter", answers(onAll, func(*response) {}), "GET", "/api/v1/org/users?page=-1", "", 422, []contract.Class{contract.RequestInvalid}},
		{"no JSON", answers(onAll, func(*response) {}), "POST", collection, `{`, 422, []contract.Class{contract.RequestInvalid}},
		{"an unknown path", answers(onAll, func(*response) {}), "GET", "/nothing", "", 422, []contract.Class{contract.UnknownOperation}},
		{"an unknown method", answers(onAll, func(*response) {}), "PATCH", collection, "", 422, []contract.Class{contract.UnknownOperation}},
	}
	for _, tt := range tests {
		for _, enforce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, enforce %t", tt.name, enforce), func(t *testing.T) {
				handler, token := healthyOnSQLite(t)
				broken := tt.layer(handler)
				proxy, url := proxied(t, broken, contract.ProxyConfig{Enforce: enforce})
				got, text := ask(t, tt.method, url+tt.path, token, tt.body)
				if enforce && tt.enforced != 0 && (got != tt.enforced || !strings.Contains(text, `"ContractError"`)) {
					t.Errorf("answered %d %s", got, text)
				}
				if !enforce || tt.enforced == 0 {
					if got == 502 || strings.Contains(text, "ContractError") {
						t.Errorf("not passed through: %d %s", got, text)
					}
				}
				report := proxy.Report()
				var classes []contract.Class
				for _, f := range report.Findings {
					classes = append(classes, f.Class)
				}
				classes = slices.Compact(classes)
				want := tt.want
				if enforce && tt.enforced == 422 {
					want = want[len(want)-1:] // the server has not seen it
				}
				if fmt.Sprint(classes) != fmt.Sprint(want) {
					t.Errorf("%v, want %v\n%s", classes, want, textOf(t, report))
				}
				if strings.Contains(textOf(t, report), token) {
					t.Error("the report holds the token")
				}
			})
		}
	}
}

// TestProxyPassesBytesAsTheyAre in both directions, also compressed and unreadable ones.
func TestProxyPassesBytesAsTheyAre(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, `{"status":"ok","results":[]}`)
	z.Close()
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", fmt.Sprintf("%x %s %s", text, r.URL.RawQuery, r.URL.EscapedPath()))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zipped.Bytes())
	})
	for _, enforce := range []bool{false, true} {
		proxy, url := proxied(t, upstream, contract.ProxyConfig{Enforce: enforce})
		r := httptest.NewRequest("GET", url+collection+"?a=%2f;b&&=", strings.NewReader("\x00\xff{"))
		r.RequestURI = ""
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Authorization", "ApiKey x")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if !bytes.Equal(text, zipped.Bytes()) || response.Header.Get("X-Got") != "00ff7b a=%2f;b&&= "+collection {
			t.Errorf("enforce %t: %q %x", enforce, response.Header.Get("X-Got"), text)
		}
		if report := proxy.Report(); len(report.Findings) > 0 {
			t.Error(textOf(t, report))
		}
	}
}

// TestProxyStreams: what the server has sent is with the client before the rest is.
func TestProxyStreams(t *testing.T) {
	more := make(chan struct{})
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{\"status\":\"ok\",\n")
		w.(http.Flusher).Flush()
		<-more
		io.WriteString(w, "\"results\":[]}\n")
	})
	proxy, url := proxied(t, upstream, contract.ProxyConfig{})
	response, err := http.Get(url + collection)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() || lines.Text() != `{"status":"ok",` {
		t.Errorf("%q", lines.Text())
	}
	close(more)
	if !lines.Scan() || lines.Text() != `"results":[]}` {
		t.Errorf("%q", lines.Text())
	}
	for lines.Scan() {
	}
	if report := proxy.Report(); len(report.Findings) != 1 || report.Findings[0].Class != contract.TokenUnchecked {
		t.Error(textOf(t, report))
	}
}

// TestProxyHoldsLittle of bodies of 200 MB in both directions.
func TestProxyHoldsLittle(t *testing.T) {
	const size = 200 << 20
	var got atomic.Int64
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		got.Store(n)
		w.Header().Set("Content-Type", "application/json")
		io.CopyN(w, endlessly{}, size)
	})
	for _, enforce := range []bool{false, true} {
		proxy, url := proxied(t, upstream, contract.ProxyConfig{Enforce: enforce})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+collection, io.LimitReader(endlessly{}, size))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "ApiKey x")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		runtime.ReadMemStats(&after)
		if n != size || got.Load() != size || err != nil {
			t.Errorf("passed %d and %d of %d bytes: %v", got.Load(), n, size, err)
		}
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 32<<20 {
			t.Errorf("enforce %t: the heap grew by %d MB", enforce, grown>>20)
		}
		if report := proxy.Report(); report.Unchecked != 2 {
			t.Errorf("enforce %t: %d unchecked\n%s", enforce, report.Unchecked, textOf(t, report))
		}
	}
}

// endlessly reads as the letter a.
type endlessly struct{}

func (endlessly) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestProxyOfServerThatBreaksOff(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		handler, token := healthyOnSQLite(t)
		proxy, url := proxied(t, raw(onList, func(a *response) (int, []byte) { return len(a.body) + 10, a.body })(handler), contract.ProxyConfig{Enforce: enforce})
		status, text := ask(t, "GET", url+collection, token, "")
		if enforce && status != 502 || !enforce && !strings.Contains(text, "EOF") {
			t.Errorf("enforce %t: %d %s", enforce, status, text)
		}
		if report := proxy.Report(); firstOf(report, contract.BrokenBody) == nil {
			t.Error(textOf(t, report))
		}
	}
	proxy, url := proxied(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), contract.ProxyConfig{})
	if status, text := ask(t, "GET", url+collection, "t", ""); status != 502 || !strings.Contains(text, "does not answer") {
		t.Errorf("%d %s", status, text)
	}
	if report := proxy.Report(); firstOf(report, contract.NoAnswer) == nil {
		t.Error(textOf(t, report))
	}
}

// BenchmarkProxy is a small call with the proxy between, and without.
func BenchmarkProxy(b *testing.B) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, `{"status":"ok","results":{"uuid":"u","name":"n","organizationUuid":"o","createdAt":"2026-11-24T15:17:27.508Z","attributeDefault":null,"users":[],"groups":[]}}`)
	}))
	defer upstream.Close()
	proxy, err := contract.NewProxy(contract.ProxyConfig{Upstream: upstream.URL, Spec: effectiveSpec(b)})
	if err != nil {
		b.Fatal(err)
	}
	between := httptest.NewServer(proxy)
	defer between.Close()
	for _, to := range []struct{ name, url string }{{"without", upstream.URL}, {"with", between.URL}} {
		b.Run(to.name, func(b *testing.B) {
			for b.Loop() {
				r, _ := http.NewRequest("POST", to.url+collection, strings.NewReader(minimal))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "ApiKey x")
				response, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	if report := proxy.Report(); len(report.Findings) > 0 {
		b.Errorf("%+v", report.Findings)
	}
}

// TestProxyKnowsTheMethodsThatEveryPathHas: HEAD is GET without a body, and OPTIONS asks
// about the path; neither is unknown for not being in the spec.
func TestProxyKnowsTheMethodsThatEveryPathHas(t *testing.T) {
	const headers = "Content-Type: application/json"
	answer := func(status int, lines ...string) layer {
		return instead(func(*http.Request) *response {
			a := &response{status, http.Header{}, nil}
			for _, line := range lines {
				name, value, _ := strings.Cut(line, ": ")
				a.header.Set(name, value)
			}
			return a
		})
	}
	const one = collection + "/5a1c0000-0000-4000-8000-000000000001"
	tests := []struct {
		name, method, path string
		layer              layer
		operation          string
		want               []contract.Class
	}{
		{"HEAD", "HEAD", collection, answer(200, headers), "getUserAttributes", nil},
		{"HEAD of our own", "HEAD", collection, answers(onAll, func(*response) {}), "getUserAttributes", nil},
		{"HEAD of one, with its header", "HEAD", one, answer(200, headers, `ETag: "1"`), "getUserAttribute", nil},
		{"HEAD of one, without its header", "HEAD", one, answer(200, headers), "getUserAttribute", []contract.Class{contract.Header}},
		{"HEAD, refused", "HEAD", one, answer(404, headers), "getUserAttribute", nil},
		{"HEAD of another status", "HEAD", collection, answer(203, headers), "getUserAttributes", []contract.Class{contract.UndocumentedStatus}},
		{"HEAD with a bad parameter", "HEAD", "/api/v1/org/users?page=-1", answer(422), "ListOrganizationMembers", []contract.Class{contract.RequestInvalid}},
		{"HEAD that fails", "HEAD", collection, answer(500), "getUserAttributes", []contract.Class{contract.ServerError}},
		{"HEAD where there is no GET", "HEAD", one + "/users/" + store.DemoUserUUID, answer(405), "setUserAttributeUserValue", nil},
		{"OPTIONS", "OPTIONS", collection, answer(204, "Allow: GET, POST"), "getUserAttributes", nil},
		{"OPTIONS that is not known", "OPTIONS", collection, answer(405), "getUserAttributes", nil},
		{"OPTIONS of a browser", "OPTIONS", collection, answer(200, "Access-Control-Allow-Methods: POST"), "createUserAttribute", nil},
		{"OPTIONS that fails", "OPTIONS", collection, answer(502), "getUserAttributes", []contract.Class{contract.ServerError}},
		{"HEAD of an unknown path", "HEAD", "/nothing", answer(404), "(none)", []contract.Class{contract.UnknownOperation}},
		{"OPTIONS of an unknown path", "OPTIONS", "/nothing", answer(404), "(none)", []contract.Class{contract.UnknownOperation}},
	}
	for _, tt := range tests {
		for _, enforce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, enforce %t", tt.name, enforce), func(t *testing.T) {
				handler, token := healthyOnSQLite(t)
				proxy, _ := proxied(t, tt.layer(handler), contract.ProxyConfig{Enforce: enforce})
				web := httptest.NewServer(proxy)
				ask(t, tt.method, web.URL+tt.path, token, "", func(r *http.Request) {
					if strings.HasSuffix(tt.name, "browser") {
						r.Header.Set("Access-Control-Request-Method", "POST")
					}
				})
				web.Close() // waits until the proxy has looked at the answer
				report := proxy.Report()
				var classes []contract.Class
				for _, f := range report.Findings {
					if classes = append(classes, f.Class); f.Operation != tt.operation {
						t.Errorf("told of %s, not %s", f.Operation, tt.operation)
					}
				}
				if fmt.Sprint(classes) != fmt.Sprint(tt.want) {
					t.Errorf("%v, want %v\n%s", classes, tt.want, textOf(t, report))
				}
				refused := enforce && (slices.Contains(classes, contract.RequestInvalid) || slices.Contains(classes, contract.UnknownOperation))
				if !refused && report.Operations[tt.operation] != 1 {
					t.Errorf("counted: %v", report.Operations)
				}
			})
		}
	}
}
