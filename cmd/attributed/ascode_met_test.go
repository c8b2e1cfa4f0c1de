package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// behind is a site whose requests go through handle, which has the server itself to pass them on to.
func (s *site) behind(t *testing.T, handle func(next http.Handler, w http.ResponseWriter, r *http.Request)) *site {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(next, w, r) }))
	t.Cleanup(server.Close)
	return &site{url: server.URL, token: s.token, upstream: s.upstream}
}

// between does something once, just before or after the server answers the first request of a kind.
func (s *site) between(t *testing.T, before, after func(*http.Request) bool, do func()) *site {
	t.Helper()
	var once sync.Once
	return s.behind(t, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		matches := after(r)
		if before(r) {
			once.Do(do)
		}
		next.ServeHTTP(w, r)
		if matches {
			once.Do(do)
		}
	})
}

func noRequest(*http.Request) bool { return false }

func changes(r *http.Request) bool { return r.Method == http.MethodPut }

func TestAForeignChangeIsMet(t *testing.T) {
	const both = "attributes: [{name: a, users: {ada@example.com: start, eve@example.com: start}}]"
	ours := "attributes: [{name: a, users: {ada@example.com: ours}}, {name: b, default: x}]"
	for _, tt := range []struct{ name, foreign, want string }{
		{"of the same", "{ada@example.com: theirs}", "ada@example.com"},
		{"of another", "{eve@example.com: theirs}", "eve@example.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, s *site) {
				s.apply(t, both)
				foreign := func() { s.apply(t, "attributes: [{name: a, users: "+tt.foreign+"}]") }
				reads := func(r *http.Request) bool {
					return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/org/attributes/")
				}
				met := s.between(t, reads, noRequest, foreign)
				if s.upstream {
					met = s.between(t, noRequest, changes, foreign)
				}
				path := file(t, "a.yaml", ours)
				got := met.run(t, "apply", "--yes", "-f", path)
				if !s.upstream && tt.name == "of another" { // nothing is lost, and nothing to tell
					if has := s.exported(t); got.err != nil || !strings.Contains(has, "ada@example.com: ours") || !strings.Contains(has, "eve@example.com: theirs") {
						t.Errorf("%v\n%s%s", got.err, got.stderr, has)
					}
					return
				}
				if exitStatus(got.err) != 1 || !strings.Contains(got.stderr, `"a"`) || !strings.Contains(got.stderr, tt.want) || strings.Contains(got.stderr, "theirs") {
					t.Errorf("exit %d %v, told\n%s", exitStatus(got.err), got.err, got.stderr)
				}
				if has := s.exported(t); !strings.Contains(has, "theirs") || !strings.Contains(has, "name: b") {
					t.Errorf("afterwards:\n%s", has)
				}
				s.must(t, "apply", "--yes", "-f", path)
				if has := s.exported(t); !strings.Contains(has, "ada@example.com: ours") {
					t.Errorf("a second apply:\n%s", has)
				}
			})
		})
	}
}

// An update that is bound to a version that is no longer current is made anew.
func TestAVersionThatHasGoneIsReadAgain(t *testing.T) {
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	s.apply(t, "attributes: [{name: a, users: {ada@example.com: start}}]")
	met := s.between(t, changes, noRequest, func() { s.apply(t, "attributes: [{name: a, users: {eve@example.com: theirs}}]") })
	met.apply(t, "attributes: [{name: a, users: {ada@example.com: ours}}]")
	if has := s.exported(t); !strings.Contains(has, "ada@example.com: ours") || !strings.Contains(has, "eve@example.com: theirs") {
		t.Errorf("afterwards:\n%s", has)
	}
}

// A failure in the middle stops, says what was done and what not, and a second apply does the rest.
func TestAFailureInTheMiddle(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		var posts atomic.Int64
		failing := s.behind(t, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && posts.Add(1) >= 2 {
				panic(http.ErrAbortHandler) // the connection breaks
			}
			next.ServeHTTP(w, r)
		})
		path := file(t, "a.yaml", "attributes: [{name: a}, {name: b}, {name: c}]")
		got := failing.run(t, "apply", "--yes", "-f", path)
		for _, want := range []string{`create "a": done`, `create "b": not known whether it was done`, `create "c": not done`} {
			if exitStatus(got.err) != 1 || !strings.Contains(got.stderr, want) {
				t.Errorf("%v, told\n%swithout %s", got.err, got.stderr, want)
			}
		}
		s.must(t, "apply", "--yes", "-f", path)
		if has := s.exported(t); strings.Count(has, "name:") != 3 {
			t.Errorf("a second apply:\n%s", has)
		}
	})
}

// TestAnAnswerThatIsLostIsAskedForAgain, and the attribute made once: ours knows the call by its key.
func TestAnAnswerThatIsLostIsAskedForAgain(t *testing.T) {
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	var posts atomic.Int64
	losing := s.behind(t, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && posts.Add(1) == 2 {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks
		}
		next.ServeHTTP(w, r)
	})
	path := file(t, "a.yaml", "attributes: [{name: a}, {name: b}, {name: c}]")
	got := losing.run(t, "apply", "--yes", "-f", path)
	if exitStatus(got.err) != 0 || posts.Load() != 4 {
		t.Errorf("%v after %d creates, told\n%s", got.err, posts.Load(), got.stderr)
	}
	if has := s.exported(t); strings.Count(has, "name:") != 3 {
		t.Errorf("afterwards:\n%s", has)
	}
}
