package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"attributed/server"
	"attributed/server/rest"
	"attributed/store"
	"attributed/store/storetest"
)

// passing is wholeSpec with a server behind it that waits for no longer than patience.
func passing(t testing.TB, patience time.Duration, behind http.HandlerFunc) *rest.Whole {
	t.Helper()
	web := httptest.NewServer(behind)
	t.Cleanup(web.Close)
	at, err := url.Parse(web.URL + "/base")
	if err != nil {
		t.Fatal(err)
	}
	whole := hosted(t, wholeSpec, rest.Proxy)
	whole.Upstream = rest.NewUpstream(at, patience)
	return whole
}

func TestWhatIsNotOursIsPassedOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var came *http.Request
		var body []byte
		a := newAPI(t, s, server.Config{MaxBody: 2000, Rest: passing(t, 0, func(w http.ResponseWriter, r *http.Request) {
			came = r
			body, _ = io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("X-Of-Theirs", "kept")
			w.Header().Set("Connection", "X-Hop")
			w.Header().Set("X-Hop", "gone")
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, "theirs")
		})})
		send := func(edits ...func(*http.Request)) reply {
			return roundTrip(t, http.DefaultTransport, a.request(t, "", edits...))
		}
		got := send(method("GET"), to("/api/v1/search?q=1"), header("X-Hop", "gone"), header("Connection", "X-Hop"), header("X-Forwarded-For", "192.0.2.1"))
		if got.status != http.StatusTeapot || got.body != "theirs" || got.header.Get("X-Of-Theirs") != "kept" || got.header.Get("X-Hop") != "" {
			t.Errorf("answered: %d %v %s", got.status, got.header, got.body)
		}
		for name, want := range map[string]string{"Content-Type": "text/plain", "Cache-Control": "no-store"} {
			if values := got.header.Values(name); len(values) != 1 || values[0] != want {
				t.Errorf("%s: %q, want %s", name, values, want)
			}
		}
		if came.URL.RequestURI() != "/base/api/v1/search?q=1" || came.Header.Get("Authorization") != "ApiKey "+a.token || came.Header.Get("X-Hop")+came.Header.Get("X-Forwarded-For") != "" {
			t.Errorf("passed on: %s %v", came.URL, came.Header)
		}

		const project = "/api/v1/projects/abc"
		const text = `{ "name":"n", "unknown":1 }`
		if send(method("PUT"), to(project), carrying(text)); string(body) != text || came.ContentLength != int64(len(text)) {
			t.Errorf("the body came as %d %s", came.ContentLength, body)
		}
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		io.WriteString(w, text)
		w.Close()
		if send(method("PUT"), to(project), carrying(zipped.String()), header("Content-Encoding", "gzip")); !bytes.Equal(body, zipped.Bytes()) {
			t.Errorf("the body came as %q", body)
		}
		if send(method("POST"), to("/api/v1/files:upload"), carrying("a;b"), header("Content-Type", "text/csv")); string(body) != "a;b" {
			t.Errorf("the body came as %q", body)
		}

		came = nil
		a.do(t, "PUT", project, `{}`).want(t, 422, "ValidateError")
		a.do(t, "GET", project, "", header("Authorization", "ApiKey ldpat_00000000000000000000000000000000")).want(t, 401, "AuthorizationError")
		if a.create(t, minimal); came != nil {
			t.Errorf("%s was passed on", came.URL)
		}
		a.do(t, "POST", "/api/v1/files:upload", strings.Repeat("x", 3000), header("Content-Type", "text/csv")).want(t, 413, "PayloadTooLargeError")
	})
}

// carrying gives a request a body.
func carrying(body string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

func TestALightdashThatDoesNotAnswer(t *testing.T) {
	for name, behind := range map[string]http.HandlerFunc{
		"its connection ends": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"its answer has no begin": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"it hangs": func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // till then the end of the connection is not seen
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				a := newAPI(t, s, server.Config{Rest: passing(t, time.Second, behind)})
				a.do(t, "GET", "/api/v1/projects/abc", "").want(t, 502, "BadGatewayError")
				a.do(t, "PUT", "/api/v1/projects/abc", `{"name":"n"}`).want(t, 502, "BadGatewayError")
				a.create(t, minimal)
			})
		})
	}
	t.Run("its answer is cut off later", func(t *testing.T) {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			a := newAPI(t, s, server.Config{Rest: passing(t, 0, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "5")
				io.WriteString(w, "abc")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			})})
			response, err := http.DefaultTransport.RoundTrip(a.request(t, "", method("GET"), to("/api/v1/projects/abc")))
			if err != nil {
				return // it was cut off before any of it was sent
			}
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); err == nil {
				t.Errorf("the answer looks whole: %s", body)
			}
		})
	})
}
