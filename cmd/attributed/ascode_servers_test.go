package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// eachServer runs a test against our server on both engines, as it is and with upstream's
// habits, each with ada, bob and eve, and the groups EMEA and US.
func eachServer(t *testing.T, test func(t *testing.T, s *site)) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		t.Run("ours", func(t *testing.T) { test(t, newSite(t, database)) })
	})
	storetest.EachURL(t, func(t *testing.T, database string) {
		t.Run("with the habits of upstream", func(t *testing.T) {
			s := newSite(t, database)
			s.upstream = true
			s.url = habitual(t, s.url)
			test(t, s)
		})
	})
}

// eachServerThereIs is eachServer, and beside a Lightdash of each form too.
func eachServerThereIs(t *testing.T, test func(t *testing.T, s *site)) {
	eachServer(t, test)
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) { test(t, newSiteBesideLightdash(t, url)) })
}

// newSiteBesideLightdash is newSite where people are another's to keep.
func newSiteBesideLightdash(t *testing.T, url string) *site {
	t.Helper()
	st := storetest.Open(t, url)
	storetest.Exec(t, st, `INSERT INTO organizations (organization_name) VALUES ('Ours')`)
	directory, err := readDirectory(strings.NewReader(people), "people")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.ImportDirectory(t.Context(), "Ours", directory.people, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	served := serve(t, "--lightdash", "--database", storetest.LeastRights(t, url), "--request-timeout", "1m", "--lightdash-secret-file", secretFile(t, exampleSecret))
	return &site{url: "http://" + served.address, token: storetest.CreateToken(t, st, "ada@example.com")}
}

// site is a server and who may change it.
type site struct {
	url, token string
	upstream   bool
}

const people = header + `ada@example.com,Ada,,admin,true,EMEA
bob@example.com,Bob,,viewer,true,EMEA;US
eve@example.com,Eve,,viewer,true,
`

func newSite(t *testing.T, database string) *site { return newSiteOf(t, database, people) }

func newSiteOf(t *testing.T, database, people string) *site {
	t.Helper()
	variables := variablesOf{"DATABASE_URL": database}
	organizations(t, database)
	if got := once(t, variables, "directory", "import", csvFile(t, people), "--organization", "Ours"); got.err != nil {
		t.Fatal(got.err)
	}
	token := once(t, variables, "token", "create", "--email", "ada@example.com")
	if token.err != nil {
		t.Fatal(token.err)
	}
	return &site{url: "http://" + serve(t, "--database", database, "--request-timeout", "1m").address, token: strings.TrimSpace(token.stdout)}
}

// habitual stands before a server and gives it upstream's habits: 201 for 200, no versions,
// nothing of ours, a page for whatever is no operation, 500 for a taken name.
func habitual(t *testing.T, address string) string {
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(response *http.Response) error {
		response.Header.Del("ETag")
		changes := response.Request.Method == http.MethodPost || response.Request.Method == http.MethodPut
		switch {
		case changes && response.StatusCode == http.StatusOK:
			response.StatusCode = http.StatusCreated
		case response.StatusCode == http.StatusConflict:
			body := `{"status":"error","error":{"statusCode":500,"name":"UnexpectedServerError","message":"Something went wrong.","data":{}}}`
			response.StatusCode, response.Body, response.ContentLength = 500, io.NopCloser(strings.NewReader(body)), int64(len(body))
			response.Header.Set("Content-Length", fmt.Sprint(len(body)))
		}
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Match")
		one := strings.HasPrefix(r.URL.Path, "/api/v1/org/attributes/")
		if !strings.HasPrefix(r.URL.Path, "/api/") || one && r.Method == http.MethodGet || one && strings.Count(r.URL.Path, "/") > 5 {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html><title>Lightdash</title>")
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// run runs a command against the site.
func (s *site) run(t *testing.T, args ...string) result {
	t.Helper()
	return once(t, variablesOf{"ATTRIBUTED_URL": s.url, "TOKEN": s.token}, args...)
}

// must runs a command that has to do it.
func (s *site) must(t *testing.T, args ...string) result {
	t.Helper()
	got := s.run(t, args...)
	if got.err != nil {
		t.Fatalf("%v: %v\n%s%s", args, got.err, got.stdout, got.stderr)
	}
	return got
}

// apply brings the site to a file.
func (s *site) apply(t *testing.T, text string, args ...string) result {
	t.Helper()
	return s.must(t, append([]string{"apply", "--yes", "-f", file(t, "attributes.yaml", text)}, args...)...)
}

// file writes a file and returns its name.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// exported is what the site has, without the comment for editors.
func (s *site) exported(t *testing.T) string {
	t.Helper()
	_, text, _ := strings.Cut(s.must(t, "export").stdout, "\n")
	return text
}

// call asks for something by hand, and returns the status and the results of the answer.
func (s *site) call(t *testing.T, method, path string, body any) (int, any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	status, _, text := send(t, method, s.url+"/api/v1/org/"+path, s.token, string(data))
	var answer struct{ Results any }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	return status, answer.Results
}
