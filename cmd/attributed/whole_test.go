package main

import (
	"compress/gzip"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attributed/openapi"
	"attributed/store/storetest"
)

// upstream is where whole versions of upstream's spec are.
const upstream = root + "/openapi/testdata/upstream/"

func TestEveryWholeSpecOfUpstreamsStarts(t *testing.T) {
	files, err := filepath.Glob(upstream + "*.json.gz")
	if err != nil || len(files) != 16 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--spec", file)
			token := tokenPattern.FindString(s.demo)
			if status, body := create(t, s.address, token, "country"); status != 200 {
				t.Errorf("create: %d %s", status, body)
			}
			if status, _, body := send(t, http.MethodGet, "http://"+s.address+"/api/v1/org", token, ""); status != 501 || !strings.Contains(body, "(GET /api/v1/org)") {
				t.Errorf("what is not implemented: %d %s", status, body)
			}
		})
	}
}

func TestAWholeSpecThatDiffersIsToldOf(t *testing.T) {
	const told = "another form than this program implements"
	const older, newer = upstream + "0.1170.0-84bbfce3.json.gz", upstream + "0.2512.0-668fd035.json.gz"
	logged := func(args ...string) string {
		s := serve(t, append(args, "--database", storetest.SQLiteURL(t))...)
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		return s.log.String()
	}
	if log := logged("--spec", older); strings.Count(log, told) != 1 || !strings.Contains(log, `"verdict":"breaking","operations":["createUserAttribute",`) {
		t.Errorf("an older spec: %s", log)
	}
	if log := logged("--spec-mismatch=refuse", "--spec", newer); strings.Contains(log, told) {
		t.Errorf("a spec that says the same: %s", log)
	}
	refused(t, nil, "serve --spec-mismatch=refuse --spec "+older, 1, "in another form than attributed implements: breaking")
}

func TestAWholeSpecOfOpenAPI31(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, schema := range map[string]string{"told.json": `{"type":["string","null"],"const":"b"}`, "untold.json": `{"prefixItems":[]}`, "good.json": `{"type":["string"],"examples":["a"]}`} {
		text := `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"description":"","content":{"application/json":{"schema":` + schema + `}}}}}}}}`
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, "--demo", "--database", storetest.SQLiteURL(t), "--rest=mock", "--spec", "good.json")
	if status, _, body := send(t, http.MethodGet, "http://"+s.address+"/a", tokenPattern.FindString(s.demo), ""); status != 200 || body != `"a"` {
		t.Errorf("%d %s", status, body)
	}
	const place = "/paths/~1a/get/responses/200/content/application~1json/schema/"
	refused(t, nil, "serve --spec told.json", 1, "told.json cannot be hosted: "+place+"type: OpenAPI 3.1 says this")
	refused(t, nil, "serve --spec untold.json", 1, "untold.json cannot be hosted: "+place+"prefixItems: OpenAPI 3.1 says this")
	refused(t, nil, "contract check http://127.0.0.1:1 --spec untold.json", 2, place+"prefixItems: OpenAPI 3.1 says this")
}

func TestWholeSpecsThatAreRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"twice.json":   `{"openapi":"3.0.0","paths":{"/a/{x}":{"get":{"responses":{}}},"/a/{y}":{"get":{"responses":{}}}}}`,
		"segment.json": `{"openapi":"3.0.0","paths":{"/a/{x}.csv":{"get":{"responses":{}}}}}`,
		"page.json":    `{"openapi":"3.0.0","paths":{"/docs":{"get":{"responses":{}}}}}`,
		"text.json":    "This is no spec.",
		"kind.json":    `{"openapi":"3.0.0","paths":{"/a":{"get":{"responses":{"200":{"description":7}}}}}}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Create("large.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(packed)
	if _, err := w.Write([]byte(strings.Repeat(" ", openapi.MaxSize) + "{}")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed.Close()

	// The port is taken: what is said of the spec was found before.
	for file, want := range map[string]string{
		"nosuch.json":   "open nosuch.json: no such file",
		"twice.json":    "twice.json cannot be hosted: it has two operations at one method and path: GET /a/{x} and GET /a/{y}",
		"segment.json":  `"{x}.csv" has something behind its parameter`,
		"text.json":     "text.json cannot be hosted: ",
		"kind.json":     "kind.json cannot be hosted: ",
		"large.json.gz": "it is larger than 50 MB",
	} {
		refused(t, nil, "serve --listen "+listening(t)+" --spec "+file, 1, want)
	}
	refused(t, nil, "serve --database sqlite:x.db --listen 127.0.0.1:0 --spec page.json", 1, "/docs: this server answers there itself")
	for _, mode := range []string{"nothing", "proxy", "proxy=", "proxy=ftp://x", "proxy=http://u:secret@x"} {
		refused(t, nil, "serve --rest "+mode, 2, "--rest: write 501, mock or proxy=URL")
	}
}
