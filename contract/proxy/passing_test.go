package proxy_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"attributed/contract/contracttest"
	"attributed/contract/proxy"
	"attributed/contract/report"
)

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
		proxy, url := proxied(t, upstream, proxy.Config{Enforce: enforce})
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
		if result := proxy.Report(); len(result.Findings) > 0 {
			t.Error(contracttest.TextOf(t, result))
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
	proxy, url := proxied(t, upstream, proxy.Config{})
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
	if result := proxy.Report(); len(result.Findings) != 1 || result.Findings[0].Class != report.TokenUnchecked {
		t.Error(contracttest.TextOf(t, result))
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
		proxy, url := proxied(t, upstream, proxy.Config{Enforce: enforce})
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
		if result := proxy.Report(); result.Unchecked != 2 {
			t.Errorf("enforce %t: %d unchecked\n%s", enforce, result.Unchecked, contracttest.TextOf(t, result))
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
		handler, token := contracttest.HealthyOnSQLite(t)
		proxy, url := proxied(t, contracttest.Raw(contracttest.OnList, func(a *contracttest.Response) (int, []byte) { return len(a.Body) + 10, a.Body })(handler), proxy.Config{Enforce: enforce})
		status, text := contracttest.Ask(t, "GET", url+collection, token, "")
		if enforce && status != 502 || !enforce && !strings.Contains(text, "EOF") {
			t.Errorf("enforce %t: %d %s", enforce, status, text)
		}
		if result := proxy.Report(); contracttest.FirstOf(result, report.BrokenBody) == nil {
			t.Error(contracttest.TextOf(t, result))
		}
	}
	proxy, url := proxied(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), proxy.Config{})
	if status, text := contracttest.Ask(t, "GET", url+collection, "t", ""); status != 502 || !strings.Contains(text, "does not answer") {
		t.Errorf("%d %s", status, text)
	}
	if result := proxy.Report(); contracttest.FirstOf(result, report.NoAnswer) == nil {
		t.Error(contracttest.TextOf(t, result))
	}
}

// BenchmarkProxy is a small call with the proxy between, and without.
func BenchmarkProxy(b *testing.B) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, `{"status":"ok","results":{"uuid":"u","name":"n","organizationUuid":"o","createdAt":"2026-11-24T15:17:27.508Z","attributeDefault":null,"attributeDefaults":null,"users":[],"groups":[]}}`)
	}))
	defer upstream.Close()
	proxy, err := proxy.New(proxy.Config{Upstream: upstream.URL, Spec: contracttest.EffectiveSpec(b)})
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
	if result := proxy.Report(); len(result.Findings) > 0 {
		b.Errorf("%+v", result.Findings)
	}
}
