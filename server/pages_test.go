package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// fetch sends a request as a browser or a script would, without a token. What every answer of
// the API promises, pages do not.
func (a *api) fetch(t *testing.T, verb, target string, edits ...func(*http.Request)) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), verb, a.url+target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(r)
	}
	return roundTrip(t, &http.Transport{DisableCompression: true, DisableKeepAlives: true}, r)
}

// addresses finds what a page loads.
var addresses = regexp.MustCompile(`<(?:link|script)[^>]* (?:src|href)="([^"]*)"`)

func TestPages(t *testing.T) {
	const common = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	tests := []struct {
		path, policy string
		loads        int
	}{
		{"/docs", common + "; img-src 'self' data:", 5},
		{"/admin", common + "; require-trusted-types-for 'script'; trusted-types 'none'", 3},
	}
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, tt := range tests {
			page := a.fetch(t, "GET", tt.path)
			for name, want := range map[string]string{
				"Content-Type":            "text/html; charset=utf-8",
				"Cache-Control":           "no-cache",
				"Content-Security-Policy": tt.policy,
				"Referrer-Policy":         "no-referrer",
				"X-Content-Type-Options":  "nosniff",
				"Set-Cookie":              "",
			} {
				if got := page.header.Get(name); page.status != 200 || got != want {
					t.Errorf("%s: %d, %s: %q, want %q", tt.path, page.status, name, got, want)
				}
			}
			if inline := regexp.MustCompile(`<style|style=|<script[^>]*>[^<]|\son\w+=`).FindString(page.body); inline != "" {
				t.Errorf("%s has %q in it, which its policy forbids", tt.path, inline)
			}
			loaded := a.loaded(t, tt.path)
			if len(loaded) != tt.loads {
				t.Errorf("%s loads %q, want %d files", tt.path, loaded, tt.loads)
			}
			for _, file := range loaded {
				got := a.fetch(t, "GET", file)
				if got.status != 200 || got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.header.Get("Content-Type") != types[file[strings.LastIndex(file, "."):]] {
					t.Errorf("%s: %d %v", file, got.status, got.header)
				}
			}
			if got := a.do(t, "POST", tt.path, ""); got.status != 405 || got.header.Get("Allow") != "OPTIONS, GET, HEAD" {
				t.Errorf("POST %s: %d %v", tt.path, got.status, got.header)
			}
		}
		for _, name := range []string{"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"} {
			if got := a.fetch(t, "GET", "/docs/"+name); got.status != 200 || got.header.Get("Content-Type") != "text/plain; charset=utf-8" || got.body == "" {
				t.Errorf("%s: %d %v", name, got.status, got.header)
			}
		}
		for _, missing := range []string{"/docs/", "/docs/nosuch.js", "/docs/page.js", "/docs/../docs/package.json", "/docs/docs/page.html", "/admin/", "/admin/main.js"} {
			a.do(t, "GET", missing, "").want(t, http.StatusNotFound, "NotFoundError")
		}
	})
}

// loaded returns the paths of what a page loads itself.
func (a *api) loaded(t *testing.T, page string) []string {
	t.Helper()
	var paths []string
	for _, found := range addresses.FindAllStringSubmatch(a.fetch(t, "GET", page).body, -1) {
		paths = append(paths, "/"+found[1])
	}
	return paths
}

func TestFilesAreCompressedAndNotSentTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, target := range slices.Concat([]string{"/docs", "/admin", "/openapi.json"}, a.loaded(t, "/docs"), a.loaded(t, "/admin")) {
			plain, zipped := a.fetch(t, "GET", target), a.fetch(t, "GET", target, header("Accept-Encoding", "br, gzip;q=0.5"))
			if plain.status != 200 || plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") != "Accept-Encoding" || plain.header.Get("ETag") == "" {
				t.Errorf("%s: %d %v", target, plain.status, plain.header)
			}
			if zipped.status != 200 || zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("Vary") != "Accept-Encoding" || zipped.header.Get("ETag") == plain.header.Get("ETag") {
				t.Errorf("%s compressed: %d %v", target, zipped.status, zipped.header)
			}
			if content := unzipped(t, zipped.body); content != plain.body {
				t.Errorf("%s: %d bytes, compressed another %d", target, len(plain.body), len(content))
			}
			for _, refused := range []string{"gzip;q=0", "gzip; q=0.0", "identity", "br", "*;q=0.1", "gzip;q=much"} {
				if got := a.fetch(t, "GET", target, header("Accept-Encoding", refused)); got.body != plain.body || got.header.Get("ETag") != plain.header.Get("ETag") {
					t.Errorf("%s with Accept-Encoding %s: %d %v", target, refused, got.status, got.header)
				}
			}
			for _, has := range []struct {
				reply
				encoding string
			}{{plain, "identity"}, {zipped, "GZIP"}} {
				encoding := header("Accept-Encoding", has.encoding)
				head := a.fetch(t, "HEAD", target, encoding)
				if head.status != 200 || head.body != "" || head.header.Get("ETag") != has.header.Get("ETag") || head.header.Get("Content-Length") != has.header.Get("Content-Length") {
					t.Errorf("HEAD %s: %d %v", target, head.status, head.header)
				}
				for tag, want := range map[string]int{has.header.Get("ETag"): 304, "W/" + has.header.Get("ETag"): 304, "*": 304, `"other"`: 200} {
					if got := a.fetch(t, "GET", target, encoding, header("If-None-Match", tag)); got.status != want || (got.body == "") != (want == 304) || got.header.Get("ETag") != has.header.Get("ETag") {
						t.Errorf("%s with If-None-Match %s: %d %v, want %d", target, tag, got.status, got.header, want)
					}
				}
				if got := a.fetch(t, "GET", target, encoding, header("Range", "bytes=999999999-")); got.status != 200 || got.body != has.body {
					t.Errorf("%s with a range: %d %v", target, got.status, got.header)
				}
			}
		}
	})
}

func unzipped(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestOnlyBrowsersAreSentToTheDocs(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		for _, target := range []string{"/", "/?a=b"} {
			for _, verb := range []string{"GET", "HEAD"} {
				if got := a.fetch(t, verb, target, header("Accept", browser)); got.status != 303 || got.header.Get("Location") != "/docs" {
					t.Errorf("%s %s: %d %v", verb, target, got.status, got.header)
				}
			}
		}
		for _, tt := range []struct {
			verb, target string
			accept       []string
		}{
			{"GET", "/", nil},
			{"GET", "/", []string{"*/*"}},
			{"GET", "/", []string{"application/json"}},
			{"POST", "/", []string{browser}},
			{"GET", "/nosuch", []string{browser}},
		} {
			a.do(t, tt.verb, tt.target, "", header("Accept", tt.accept...)).want(t, http.StatusNotFound, "NotFoundError")
		}
	})
}
