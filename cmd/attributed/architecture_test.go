package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// judged is what a part of the contract tester may never use: the servers that it judges, and the
// run that all parts are parts of.
var judged = []string{"attributed/gen", "attributed/gen/client", "attributed/server", "attributed/store", "attributed/contract"}

// never says which packages each of ours may not use, and why. A name with a
// slash at its end stands for all below it. Of our own packages none may be used
// by way of others either; of foreign ones, what counts is who imports them.
var never = []struct {
	pkg       string
	forbidden []string
	because   string
}{
	{"gen", []string{"attributed/"}, "it is written by a generator, and make generate twice gives the same bytes"},
	{"gen/client", []string{"attributed/", "github.com/labstack/echo/"}, "whoever calls a server compiles none, and a server does not compile it"},
	{"openapi", []string{"attributed/gen", "attributed/server", "attributed/store", "attributed/openapi/subset", "attributed/openapi/diff", "attributed/openapi/bump"}, "a spec bump must work while gen does not compile"},
	{"openapi/tree", []string{"attributed/"}, "it reads and writes JSON, and is read without the rest"},
	{"openapi/alternatives", []string{"attributed/"}, "it is one rule of schemas, for whoever serves them and whoever checks servers"},
	{"openapi/merged", []string{"attributed/"}, "it is one rule of schemas, for whoever makes values and whoever judges them"},
	{"openapi/sample", slices.Concat(judged, []string{"net/http", "os"}), "it makes values of schemas, and knows of no server"},
	{"openapi/subset", []string{"attributed/gen", "attributed/server", "attributed/store", "attributed/contract", "attributed/openapi/diff", "attributed/openapi/bump"}, "it proves what is said of schemas, and knows of no operation"},
	{"openapi/diff", []string{"attributed/gen", "attributed/server", "attributed/store", "attributed/contract", "attributed/openapi/bump", "github.com/oapi-codegen/oapi-codegen/", "github.com/oasdiff/"}, "it compares specs and code, and makes neither"},
	{"openapi/bump", []string{"attributed/gen", "attributed/server", "attributed/store"}, "a spec bump must work while gen does not compile"},
	{"openapi/bump/swap", []string{"attributed/"}, "it puts any files in place, and is read without the rest"},
	{"store", []string{"attributed/gen", "attributed/server", "github.com/labstack/echo/", "net/http", "os", "github.com/prometheus/", "go.opentelemetry.io/otel/sdk/", "go.opentelemetry.io/otel/exporters/"}, "a spec bump is not a database migration; configuration is read in cmd, and what is measured and traced goes where cmd says"},
	{"store/datafile", []string{"attributed/"}, "it looks at a file, and knows nothing of what is in it"},
	{"server", []string{"attributed/gen/client", "attributed/contract", "gorm.io/", "database/sql", "os", "go.opentelemetry.io/otel/sdk/", "go.opentelemetry.io/otel/exporters/"}, "the wire changes without touching rows; configuration is read in cmd"},
	{"server/rest", []string{"attributed/gen", "attributed/server", "attributed/store", "attributed/contract", "attributed/openapi/diff", "attributed/openapi/bump", "github.com/labstack/echo/", "gorm.io/", "database/sql", "os"}, "it answers from a spec alone, and the server says to whom"},
	{"web", []string{"attributed/", "github.com/labstack/echo/", "database/sql", "gorm.io/", "os"}, "a page calls the API from the browser, like anybody"},
	{"contract", []string{"attributed/gen", "attributed/gen/client", "attributed/server", "attributed/store"}, "it judges servers, ours too, from outside"},
	{"contract/report", []string{"attributed/", "net/http"}, "whoever finds something writes it, and it is read without the rest"},
	{"contract/spec", slices.Concat(judged, []string{"attributed/contract/wire", "attributed/contract/cases", "attributed/contract/proxy"}), "it judges one message, and sends none"},
	{"contract/wire", slices.Concat(judged, []string{"attributed/contract/cases", "attributed/contract/proxy"}), "it sends what it is given, to whoever asks for it"},
	{"contract/cases", slices.Concat(judged, []string{"attributed/contract/wire", "attributed/contract/proxy"}), "it makes bodies, and sends none"},
	{"contract/proxy", slices.Concat(judged, []string{"attributed/contract/cases"}), "it sends nothing of its own"},
	{"ascode", []string{"attributed/server", "attributed/store", "attributed/openapi", "attributed/contract", "github.com/labstack/echo/"}, "it talks to any server of the API, and knows nothing of ours"},
	{"cmd/commandline", []string{"attributed/"}, "it is read without the programs that use it"},
	{"cmd/specbump", []string{"attributed/gen", "attributed/server", "attributed/store"}, "a spec bump must work while gen does not compile"},
	{"cmd/attributed", []string{"attributed/openapi/bump", "gorm.io/", "database/sql", "github.com/labstack/echo/"}, "it wires the rooms, and has no logic of theirs"},
}

// unlinked are modules that our programs may not have in them, not even by way of others.
var unlinked = []struct{ program, module, because string }{
	{"cmd/attributed", "github.com/oapi-codegen/oapi-codegen/", "the server generates no code, and a bump alone compares it"},
	{"cmd/attributed", "github.com/oasdiff/", "the server compares no specs"},
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	type pkg struct {
		ImportPath    string
		Imports, Deps []string
	}
	found := map[string]pkg{}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "attributed/...")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		found[p.ImportPath] = p
		for _, used := range p.Imports {
			if strings.HasPrefix(used, "attributed/cmd/") && (used != "attributed/cmd/commandline" || !strings.HasPrefix(p.ImportPath, "attributed/cmd/")) {
				t.Errorf("%s imports %s; nothing imports cmd/, but the programs what they share", p.ImportPath, used)
			}
		}
	}
	for _, rule := range never {
		p := found["attributed/"+rule.pkg]
		for _, forbidden := range rule.forbidden {
			all := p.Imports
			if strings.HasPrefix(forbidden, "attributed/") {
				all = p.Deps
			}
			for _, used := range all {
				if used == forbidden || strings.HasSuffix(forbidden, "/") && strings.HasPrefix(used+"/", forbidden) {
					t.Errorf("%s uses %s: %s", p.ImportPath, used, rule.because)
				}
			}
		}
	}
	for _, rule := range unlinked {
		for _, used := range found["attributed/"+rule.program].Deps {
			if strings.HasPrefix(used, rule.module) {
				t.Errorf("%s has %s in it: %s", rule.program, used, rule.because)
			}
		}
	}
}
